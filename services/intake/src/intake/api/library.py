"""The desk's library of standard answers (contract, intake; WIS-19)."""

from typing import Annotated, Self

import msgspec
from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field, model_validator
from starlette.responses import Response

from intake.api.answers import parts_of
from intake.api.documents import says
from intake.api.here import Here, ticket_for
from intake.api.schemas import Body, Code, Line, Text, storable
from intake.domain.rules.standard_answers import offered
from intake.office.premises import Premises
from reglament.errors import Refused, Violation
from reglament.http.auth import DeskCaller
from reglament.http.parameters import UUID_PATTERN, DeskName
from reglament.policy.model import Policy
from reglament.projections import Row

router = APIRouter(prefix="/v1/desks/{desk}/answers", tags=["desks"])
Asked = Annotated[
    str, Field(max_length=4000), AfterValidator(storable), Query(description="words to fit")
]


Link = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2000)]


class NewResolution(Body):
    """The answer, perhaps with links to documentation (WIS-19).

    answer: the title of a standard one, whose text and links come with it.
    """

    text: Text = ""
    links: Annotated[tuple[Link, ...], Field(max_length=50)] = ()
    answer: Annotated[Line, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and self.answer is None:
            raise ValueError("a text, or a standard answer")
        return self


class Offered(BaseModel):
    """A standard answer: what `POST /tickets/{id}/resolution` names by its title."""

    title: str
    text: str | None
    links: list[str]
    keywords: list[str]
    category: list[str]


class Library(BaseModel):
    """The desk's standard answers: all, or those that fit, the most fitting first."""

    items: list[Offered]


@router.get("", summary="The desk's standard answers", responses=says(Library))
async def library(
    desk: DeskName,
    here: Here,
    caller: DeskCaller,
    q: Asked | None = None,
    category: Code | None = None,
    ticket: Annotated[str | None, Query(pattern=UUID_PATTERN)] = None,
) -> Response:
    """All; with words, a category or a ticket: those that fit it by keywords and category."""
    caller.check_desk(desk)
    answers = here.office.newest(desk).policy.answers
    if q is not None or category is not None or ticket is not None:
        words = q or ""
        if ticket is not None:
            row = await ticket_for(here, caller, ticket)
            category = category or row["category"]
            words = f"{words} {await _text_of(here, row)}"
        answers = tuple(offered(answers, words, category))
    document = {"items": [each.model_dump() for each in answers]}
    return Response(msgspec.json.encode(document), 200, media_type="application/json")


async def _text_of(here: Premises, row: Row) -> str:
    parts = await parts_of(here, row)
    said = parts.get((row["content"]["id"], row["content"]["version"]), {})
    return f"{said.get('subject', '')} {said.get('description', '')}"


def whole(policy: Policy, body: NewResolution) -> tuple[str, tuple[str, ...]]:
    """Text and links with those of the standard answer. Raises Refused(answer-unknown)."""
    if body.answer is None:
        return body.text, body.links
    standard = next((each for each in policy.answers if each.title == body.answer), None)
    if standard is None:
        titles = ", ".join(each.title for each in policy.answers)
        raise Refused([Violation(rule="answer-unknown", field="answer", detail=titles)])
    text = "\n\n".join(part for part in (body.text, standard.text) if part)
    return text, tuple(dict.fromkeys((*standard.links, *body.links)))

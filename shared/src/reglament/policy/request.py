"""What a desk asks of a request (contract, Policy: categories, request, duplicates)."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from reglament.policy.parts import FieldRule, OnViolation
from reglament.policy.values import ElapsedText, Part


class Category(Part):
    """One of the desk's categories, and the fields that it needs (MIC-10)."""

    needs: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


class Cause(Part):
    """One of the desk's causes: what is behind a request (RUS-10)."""

    titles: tuple[str, ...] = ()


def named(value: object) -> object:
    """`[a, b]` and `{a: {}, b: {}}` mean the same."""
    return {str(name): {} for name in value} if isinstance(value, list | tuple) else value


Causes = Annotated[
    dict[str, Cause],
    BeforeValidator(named, json_schema_input_type=dict[str, Cause] | tuple[str, ...]),
]


class SubjectRule(Part):
    """A subject that says something (MIC-07): not empty, not only the desk's general words."""

    required: bool = True
    general_words: tuple[str, ...] = ()
    otherwise: OnViolation = "return"


class DescriptionRule(Part):
    """The description of the problem."""

    required: bool = True
    otherwise: OnViolation = "return"


class AttachmentRule(Part):
    """Formats are told by content (WIS-18). `packed`: format -> archives it may come in."""

    screenshot: Literal["required", "flagged", "optional"] = "optional"
    formats: tuple[str, ...] = ()
    packed: dict[str, tuple[str, ...]] = {}
    otherwise: OnViolation = "return"


class RequestRules(Part):
    """What a request must say.

    labels: how a letter's line names a part of every request that is no field of the desk's
    own (`Criticality: high`); its value is a code, or one of its titles.
    several: what is done about a request that enumerates several problems (WIS-05, MIC-12).
    """

    fields: dict[str, FieldRule] = {}
    several: OnViolation | Literal["ignore"] = "ignore"
    labels: dict[Literal["priority", "category", "cause", "phone"], tuple[str, ...]] = {}
    subject: SubjectRule | None = None
    description: DescriptionRule | None = None
    category: Literal["required", "optional"] = "optional"
    priority: Literal["required", "optional"] = "optional"
    attachments: AttachmentRule | None = None
    contacts: tuple[Literal["email", "phone", "name"], ...] = ("email",)
    otherwise: OnViolation = "return"  # of contacts, category and priority


class Duplicates(Part):
    """The same request again within the window joins the first (MIC-13)."""

    window: ElapsedText

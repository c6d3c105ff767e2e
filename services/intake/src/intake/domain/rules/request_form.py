"""What a request must say (EIL-01, EIL-06 … EIL-10, WIS-07 … WIS-09, MIC-07, MIC-10, RUS-02)."""

import re
import unicodedata
from collections.abc import Iterator

from intake.domain.facts import Request
from intake.domain.rules import values
from intake.domain.rules.attachments import has_log, has_screenshot
from intake.domain.rules.attachments import violations as attachment_violations
from intake.domain.rules.enumeration import problems
from intake.domain.rules.found import Found, found
from reglament.mail.subjects import strip_prefixes
from reglament.policy.model import Policy
from reglament.policy.parts import FieldRule

_WORDS = re.compile(r"\w+", re.UNICODE)


def violations(policy: Policy, request: Request, channel: str) -> list[Found]:
    """Everything that the request breaks, in the order in which a form asks."""
    return [
        *_subject(policy, request),
        *_description(policy, request),
        *_choices(policy, request),
        *_contacts(policy, request),
        *_fields(policy, request, channel),
        *_category_needs(policy, request),
        *_several(policy, request),
        *attachment_violations(policy.request.attachments, request.files),
    ]


def _subject(policy: Policy, request: Request) -> Iterator[Found]:
    rule = policy.request.subject
    if rule is None:
        return
    words = _words(strip_prefixes(request.subject))
    if not words:
        if rule.required:
            yield found(rule.otherwise, "subject-missing", "subject")
        return
    general = sorted((_words(entry) for entry in rule.general_words), key=len, reverse=True)
    if not _without(words, [entry for entry in general if entry]):
        yield found(rule.otherwise, "subject-general", "subject")


def _words(text: str) -> tuple[str, ...]:
    """The words, whatever their case and however their letters are composed."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return tuple(_WORDS.findall(plain.replace("ё", "е")))


def _without(words: tuple[str, ...], general: list[tuple[str, ...]]) -> list[str]:
    """What is left of a subject once the desk's general words and phrases are taken out."""
    left, at = [], 0
    while at < len(words):
        size = next((len(g) for g in general if words[at : at + len(g)] == g), 0)
        if not size:
            left.append(words[at])
        at += size or 1
    return left


def _description(policy: Policy, request: Request) -> Iterator[Found]:
    rule = policy.request.description
    if rule is not None and rule.required and not request.description.strip():
        yield found(rule.otherwise, "description-missing", "description")


def _choices(policy: Policy, request: Request) -> Iterator[Found]:
    rules = policy.request
    if request.category is None:
        if rules.category == "required":
            yield found(rules.otherwise, "category-missing", "category")
    elif request.category not in policy.categories and policy.scope == "categories":
        yield found("refuse", "category-out-of-scope", "category", ", ".join(policy.categories))
    if request.cause is not None and policy.causes and request.cause not in policy.causes:
        yield found(rules.otherwise, "cause-unknown", "cause", ", ".join(policy.causes))
    if request.priority is None:
        if rules.priority == "required":
            yield found(rules.otherwise, "priority-missing", "priority")
    elif request.priority not in policy.priorities.levels:
        levels = ", ".join(policy.priorities.levels)
        yield found(rules.otherwise, "priority-unknown", "priority", levels)


def _contacts(policy: Policy, request: Request) -> Iterator[Found]:
    rules = policy.request
    given = {"email": request.email, "phone": request.phone, "name": request.name}
    for contact in rules.contacts:
        if not given[contact].strip():
            yield found(rules.otherwise, f"{contact}-missing", f"requester.{contact}")
    if request.email and not values.is_email(request.email):
        yield found(rules.otherwise, "email-malformed", "requester.email")
    if request.phone and not values.is_phone(request.phone):
        yield found(rules.otherwise, "phone-malformed", "requester.phone")


def _fields(policy: Policy, request: Request, channel: str) -> Iterator[Found]:
    for name, rule in policy.request.fields.items():
        value = values.text(request.fields.get(name))
        field = f"fields.{name}"
        if not value:
            if rule.required and _applies(rule, request, channel):
                yield found(rule.otherwise, "field-missing", field)
        elif not values.is_well_formed(rule.type, value):
            yield found(rule.otherwise, f"{rule.type}-malformed", field)
        elif rule.type == "flag" and rule.required and not values.flag(value):
            yield found(rule.otherwise, "flag-not-set", field)


def _applies(rule: FieldRule, request: Request, channel: str) -> bool:
    facts = {"category": request.category, "priority": request.priority, "channel": channel}
    return all(facts[key] in allowed for key, allowed in rule.when.items())


def _category_needs(policy: Policy, request: Request) -> Iterator[Found]:
    category = policy.categories.get(request.category or "")
    for needed in category.needs if category else ():
        if needed == "screenshot_or_log":
            if not (has_screenshot(request.files) or has_log(request.files)):
                yield found(policy.request.otherwise, "screenshot-or-log-missing", "attachments")
        elif not values.text(request.fields.get(needed)):
            yield found(policy.request.otherwise, "field-missing", f"fields.{needed}")


def _several(policy: Policy, request: Request) -> Iterator[Found]:
    """WIS-05, MIC-12: one request, one problem."""
    otherwise = policy.request.several
    if otherwise != "ignore" and (count := problems(request.description)) > 1:
        yield found(otherwise, "several-problems", "description", str(count))

"""What would be taken and then do nothing: a misspelt name is a fault, told before it is missed."""

from collections.abc import Collection, Iterator, Mapping
from typing import get_args

from reglament.errors import Violation
from reglament.mail.addresses import AddressError, checked_spec
from reglament.policy.model import Policy
from reglament.policy.values import ImageName

IMAGES: tuple[str, ...] = get_args(ImageName)
ARCHIVES = ("zip", "rar", "gz", "tar")  # those that are looked into
ASKED_FOR = ("assigned", "status", "priority_changed", "access_erased")


def idle_keys(policy: Policy) -> Iterator[Violation]:
    """A violation a name that nothing would ever fit, and a key that nothing would ever read."""
    yield from _conditions(policy)
    yield from _titles(policy)
    yield from _formats(policy)
    yield from _letters(policy)
    for index, step in enumerate(policy.escalation):
        if step.on == "breached" and step.step is not None:
            field = f"escalation.{index}.step"
            yield Violation(rule="step-of-a-breach", field=field, detail=str(step.step))


def _conditions(policy: Policy) -> Iterator[Violation]:
    """Of routes, fields and targets."""
    for index, route in enumerate(policy.routing):
        when = {name: getattr(route.when, name) for name in ("category", "priority", "channel")}
        yield from _unfitting(policy, f"routing.{index}.when", when)
        if policy.service_levels:
            field, levels = f"routing.{index}.when.service_level", route.when.service_level
            yield from _unknown("service-level", field, levels, policy.service_levels)
    for name, rule in policy.request.fields.items():
        when = {str(what): names for what, names in rule.when.items()}
        yield from _unfitting(policy, f"request.fields.{name}.when", when)
    for index, target in enumerate(policy.sla.targets):
        yield from _unfitting(policy, f"sla.targets.{index}", {"channel": target.channel})


def _unfitting(
    policy: Policy, field: str, when: Mapping[str, Collection[str]]
) -> Iterator[Violation]:
    known: dict[str, Collection[str]] = {
        "priority": policy.priorities.levels,
        "channel": policy.channels,
    }
    if policy.scope == "categories":
        known["category"] = policy.categories
    for what, names in when.items():
        if what in known:
            yield from _unknown(what, f"{field}.{what}", names, known[what])


def _titles(policy: Policy) -> Iterator[Violation]:
    priorities = policy.priorities
    yield from _unknown("priority", "priorities.titles", priorities.titles, priorities.levels)


def _formats(policy: Policy) -> Iterator[Violation]:
    """Only pictures are judged by their format."""
    rule = policy.request.attachments
    if rule is None:
        return
    yield from _unknown("format", "request.attachments.formats", rule.formats, IMAGES)
    yield from _unknown("format", "request.attachments.packed", rule.packed, IMAGES)
    for image, archives in rule.packed.items():
        yield from _unknown("archive", f"request.attachments.packed.{image}", archives, ARCHIVES)


def _letters(policy: Policy) -> Iterator[Violation]:
    yield from _unknown("letter", "notifications.on", policy.notifications.on, ASKED_FOR)
    if policy.mailbox is not None:
        try:
            checked_spec(policy.mailbox.address)
        except AddressError:
            address = policy.mailbox.address
            yield Violation(rule="email-malformed", field="mailbox.address", detail=address)


def _unknown(
    what: str, field: str, names: Collection[str], known: Collection[str]
) -> Iterator[Violation]:
    for name in names:
        if name not in known:
            yield Violation(rule=f"unknown-{what}", field=field, detail=name)

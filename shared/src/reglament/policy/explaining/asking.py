"""What a policy says to those who ask: by which way, who, with what, and when it is accepted."""

from collections.abc import Iterable, Iterator

from reglament.policy.durations import elapsed_seconds
from reglament.policy.explaining.hours import opening_hours
from reglament.policy.explaining.words import Clause, Code, Own, Run, Span, Value, owned, several
from reglament.policy.model import Condition, Policy, Target
from reglament.policy.parts import ChannelRule, FieldRule

SELECTORS = ("priority", "category", "service_level", "channel")


def desk(policy: Policy) -> Iterator[Clause]:
    """Name, language, zone, numbers, mailbox."""
    language = Code("languages", policy.locale)
    yield Clause("desk", {"name": policy.name, "language": language, "zone": policy.time_zone})
    yield Clause("number", {"example": policy.number.format(sequence=17)})
    if policy.mailbox is not None:
        count, _, per = policy.mailbox.limit_per_sender.partition("/")
        yield Clause("mailbox", {"address": policy.mailbox.address})
        yield Clause("mailbox_limit", {"count": count, "per": rate(per)})
    if policy.contacts:
        ways = tuple(
            Clause("contact", {"channel": Code("channels", way), "contact": contact})
            for way, contact in policy.contacts.items()
        )
        yield Clause("contacts", {"contacts": several(ways)})


def rate(per: str) -> Value:
    """`h`, `d` or `10m`, as what follows "per"."""
    return Span(per) if per[:-1] else Code("per", per)


def channels(policy: Policy) -> Iterator[Clause]:
    """Every way in, taken or not."""
    for name, rule in policy.channels.items():
        yield _channel(policy, Code("channels", name), rule)
        if rule.entered_by == "agent":
            yield Clause("entered_by_agent", {"channel": Code("channels", name)})
        if rule.preferred:
            yield Clause("preferred", {"channel": Code("channels", name)})


def _channel(policy: Policy, name: Code, rule: ChannelRule) -> Clause:
    if rule.calendar is None:
        return Clause(f"channel_{rule.accept}", {"channel": name})
    hours = opening_hours(policy, rule.calendar)
    return Clause("channel_during", {"channel": name, "hours": hours})


def who(policy: Policy) -> Iterator[Clause]:
    """Who is entitled, and to which level."""
    entitled = policy.entitlement
    yield Clause(
        f"needs_{entitled.needs}",
        {
            "by": several(entitled.by, "or", "found_by"),
            "otherwise": Code("otherwise", entitled.otherwise),
        },
    )
    if entitled.unidentified is not None:
        yield Clause(f"unidentified_{entitled.unidentified}", {})
    if policy.service_levels:
        yield Clause("service_levels", {"levels": several(tuple(policy.service_levels))})
        yield Clause("own_terms", {})
    for name, level in policy.service_levels.items():
        if level.when is not None:
            yield Clause(level.when, {"level": name})


def request(policy: Policy) -> Iterator[Clause]:
    """What a request must say, and what becomes of one that does not."""
    asked = policy.request
    if policy.categories:
        named = several(categories_named(policy, policy.categories))
        yield Clause(f"scope_{policy.scope}", {"categories": named})
    otherwise = Code("otherwise", asked.otherwise)
    for choice in ("category", "priority"):
        if getattr(asked, choice) == "required":
            yield Clause("choice_required", {"what": Code("parts", choice), "otherwise": otherwise})
    if asked.contacts:
        contacts = several(asked.contacts, kind="parts")
        yield Clause("contacts_required", {"contacts": contacts, "otherwise": otherwise})
    yield from _texts(policy)
    for name, rule in asked.fields.items():
        yield _field(policy, name, rule)
    for name, category in policy.categories.items():
        if category.needs:
            (named,) = categories_named(policy, [name])
            needs = several(tuple(_needed(policy, each) for each in category.needs))
            yield Clause("category_needs", {"category": named, "fields": needs})
    yield from _labels(policy)
    yield from _files(policy)
    yield from _again(policy)


def quoted(words: Iterable[str]) -> Value:
    """Words as they are written, one or another."""
    return several(tuple(Clause("quoted", {"word": word}) for word in words), "or")


def categories_named(policy: Policy, names: Iterable[str]) -> tuple[Own, ...]:
    """Categories in the words that people get to read for them."""
    titles = {name: category.titles for name, category in policy.categories.items()}
    return owned("categories", names, titles)


def _needed(policy: Policy, name: str) -> Value:
    rule = policy.request.fields.get(name)
    return Own("fields", name, rule.labels) if rule is not None else Code("needs", name)


def _labels(policy: Policy) -> Iterator[Clause]:
    """How a letter's line begins that says a part of the request."""
    parts: dict[str, Value] = {part: Code("parts", part) for part in policy.request.labels}
    said: dict[str, tuple[str, ...]] = {str(k): v for k, v in policy.request.labels.items()}
    for name, rule in policy.request.fields.items():
        if rule.labels:
            parts[name] = Own("fields", name, rule.labels)
            said |= {name: rule.labels}
    lines = tuple(
        Clause("label", {"part": part, "labels": quoted(said[name])})
        for name, part in parts.items()
    )
    if lines:
        yield Clause("labels", {"lines": several(lines)})


def _texts(policy: Policy) -> Iterator[Clause]:
    description, subject = policy.request.description, policy.request.subject
    if policy.request.several != "ignore":
        otherwise = Code("otherwise", policy.request.several)
        yield Clause("several_problems", {"otherwise": otherwise})
    if description is not None and description.required:
        otherwise = Code("otherwise", description.otherwise)
        what = Code("parts", "description")
        yield Clause("choice_required", {"what": what, "otherwise": otherwise})
    if subject is not None:
        words = quoted(subject.general_words)
        otherwise = Code("otherwise", subject.otherwise)
        name = "subject_words" if subject.general_words else "subject"
        yield Clause(name, {"words": words, "otherwise": otherwise})


def _field(policy: Policy, name: str, rule: FieldRule) -> Clause:
    values: dict[str, Value] = {
        "field": Own("fields", name, rule.labels),
        "type": Code("types", rule.type),
        "otherwise": Code("otherwise", rule.otherwise),
        "when": Run(
            tuple(
                Clause("when", {"what": Code("parts", key), "values": _wanted(policy, key, wanted)})
                for key, wanted in rule.when.items()
            )
        ),
    }
    return Clause("field_required" if rule.required else "field_optional", values)


def _wanted(policy: Policy, what: str, values: tuple[str, ...]) -> Value:
    """The values of a condition, in words."""
    match what:
        case "channel":
            return several(values, "or", "channels")
        case "category":
            return several(categories_named(policy, values), "or")
        case "priority":
            return several(owned("priorities", values, policy.priorities.titles), "or")
    return several(values, "or")


def conditions(policy: Policy, of: Target | Condition) -> Value:
    """All that must match, one after another."""
    return Run(
        tuple(
            Clause("when", {"what": Code("parts", name), "values": _wanted(policy, name, wanted)})
            for name in SELECTORS
            if (wanted := getattr(of, name))
        )
    )


def _files(policy: Policy) -> Iterator[Clause]:
    files = policy.request.attachments
    if files is None:
        return
    otherwise = Code("otherwise", files.otherwise)
    yield Clause(f"screenshot_{files.screenshot}", {"otherwise": otherwise})
    if files.formats:
        formats = several(tuple(each.upper() for each in files.formats), "or")
        yield Clause("formats", {"formats": formats, "otherwise": otherwise})
    for kind, archives in files.packed.items():
        packed = several(tuple(each.upper() for each in archives), "or")
        yield Clause("packed", {"format": kind.upper(), "archives": packed})


def _again(policy: Policy) -> Iterator[Clause]:
    if policy.duplicates is not None:
        yield Clause("duplicates", {"window": Span(policy.duplicates.window)})
    yield Clause(f"closed_{policy.closed_letter}", {})


def acceptance(policy: Policy) -> Iterator[Clause]:
    """When a registered request counts as accepted."""
    rule = policy.acceptance
    yield Clause(f"accepted_{rule.when}", {})
    if rule.when == "confirmed":
        name = "accepted_after" if elapsed_seconds(rule.after) else "accepted_at_once"
        yield Clause(name, {"after": Span(rule.after)})
        yield Clause("accepted_alert", {"after": Span(rule.alert_after)})
        if "acceptance" in policy.callbacks:
            yield Clause("callback_acceptance", {})
    if "closing" in policy.callbacks:
        yield Clause("callback_closing", {})

"""Levels, and who may work on which (REM-02, REM-05)."""

from datetime import date, timedelta

from escalation.domain.commands import Engineer
from reglament.errors import Violation
from reglament.policy.durations import elapsed_seconds
from reglament.policy.model import Level, Policy


def place(policy: Policy, level: str) -> int:
    """The level's place from the bottom; -1 for one that the policy does not have."""
    names = [entry.name for entry in policy.levels]
    return names.index(level) if level in names else -1


def first(policy: Policy) -> str:
    """Where every ticket begins."""
    return policy.levels[0].name


def above(policy: Policy, level: str) -> str | None:
    """The next higher level; None at the top. A level that is gone counts as below the first."""
    following = place(policy, level) + 1
    return policy.levels[following].name if following < len(policy.levels) else None


def shortcomings(engineer: Engineer, level: Level, today: date) -> list[Violation]:
    """What the engineer lacks of what the level demands; empty: he may stand on it."""
    found = [
        Violation(rule="language-missing", field="languages", detail=language)
        for language in level.languages
        if language not in engineer.languages
    ]
    found += [
        Violation(rule="qualification-missing", field="qualifications", detail=qualification)
        for qualification in level.qualifications
        if qualification not in engineer.qualifications
    ]
    if level.served is not None and not _has_served(engineer, level.served, today):
        found.append(Violation(rule="served-too-short", field="since", detail=level.served))
    return found


def _has_served(engineer: Engineer, served: str, today: date) -> bool:
    if engineer.since is None:
        return False
    return today - engineer.since >= timedelta(seconds=elapsed_seconds(served))


def obstacles(engineer: Engineer, level: str, policy: Policy, today: date) -> list[Violation]:
    """Why the engineer may not take a ticket of the level; empty: he may."""
    wanted = place(policy, level)
    if wanted < 0:
        return [Violation(rule="unknown-level", field="level", detail=level)]
    if not engineer.active:
        return [Violation(rule="engineer-inactive", field="engineer", detail=engineer.id)]
    if place(policy, engineer.level) < wanted:
        return [Violation(rule="level-too-low", field="engineer", detail=engineer.level)]
    return shortcomings(engineer, policy.levels[wanted], today)


def serves(engineer: Engineer, department: str | None) -> bool:
    """Whether the engineer works for the department (None: the desk itself); who names none, for
    all.
    """
    return not engineer.departments or department in engineer.departments


def told(engineers: tuple[Engineer, ...], level: str, department: str | None) -> tuple[str, ...]:
    """Who hears of a ticket that comes to the level: its active engineers, by id."""
    return tuple(
        sorted(
            engineer.id
            for engineer in engineers
            if engineer.active
            and engineer.level == level
            and (department is None or serves(engineer, department))
        )
    )

"""Which promises held for a ticket from when on, and by what they changed (semantics 6, 11, 16)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from reglament.events.registry import Actor
from sla_clock.domain import facts as f
from sla_clock.domain.target import (
    Circumstances,
    Plan,
    Promises,
    Standing,
    editions_of,
    promised,
    promises,
)

Kinds = Mapping[type[f.Fact], Sequence[Any]]
CHANGING = (
    f.PriorityChanged,
    f.CategoryChanged,
    f.ServiceLevelAssigned,
    f.TargetsSwapped,
    f.Migrated,
)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on these promises hold. restart: budgets count from here."""

    at: datetime
    cause: str | None
    priority: str
    promises: Promises
    restart: bool = False
    by: Actor | None = None


def changes_of(told: Iterable[f.Fact], kinds: Kinds, plan: Plan) -> Iterable[Change]:
    """In order; the first is the ticket's opening. kinds: the same facts by their kind."""
    opened: f.Opened = kinds[f.Opened][0]
    of = Circumstances(
        priority=opened.priority,
        category=opened.category,
        service_level=opened.service_level,
        channel=opened.channel,
        contract=opened.contract,
        own_targets=opened.own_targets,
    )
    at = opened.original_at or opened.at
    yield Change(at=at, cause=None, priority=of.priority, promises=promised(plan, of))
    if kinds.keys().isdisjoint(CHANGING):
        return
    swap: f.TargetsSwapped | Standing | None = None
    for fact in told:
        of, cause = _circumstances_after(fact, of)
        if isinstance(fact, f.TargetsSwapped):
            swap, cause = fact, "policy"
        elif isinstance(fact, f.Migrated):
            swap, cause = _moved(fact, swap, plan)
        if cause is not None:
            yield Change(
                at=fact.at,
                cause=cause,
                priority=of.priority,
                promises=_promises(plan, of, swap),
                restart=isinstance(fact, f.TargetsSwapped) and fact.from_change,
                by=fact.actor,
            )


def _promises(plan: Plan, of: Circumstances, swap: f.TargetsSwapped | Standing | None) -> Promises:
    if isinstance(swap, f.TargetsSwapped):
        return promises(plan, swap.targets, of)
    return promised(plan, of, swap)


def _moved(fact: f.Migrated, held: object, plan: Plan) -> tuple[Standing, str]:
    """What holds now, and the cause: the policy; where that stays, the holidays (semantics 6)."""
    version, editions = held if isinstance(held, tuple) else (plan.version, plan.editions)
    cause = "calendar" if version == fact.version else "policy"
    return (fact.version, editions_of({**dict(editions), **dict(fact.editions)})), cause


def _circumstances_after(fact: f.Fact, of: Circumstances) -> tuple[Circumstances, str | None]:
    match fact:
        case f.PriorityChanged(priority=priority):
            return replace(of, priority=priority), "priority"
        case f.CategoryChanged(category=category) if category is not None:
            return replace(of, category=category), "category"
        case f.ServiceLevelAssigned(service_level=level, contract=contract, own_targets=own):
            cause = "service_level" if contract == of.contract else "contract"
            changed = replace(of, service_level=level, contract=contract, own_targets=own)
            return changed, cause
        case _:
            return of, None

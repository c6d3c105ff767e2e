"""Policy versions as plans, and what of them holds for a ticket by now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from reglament.calendars.holidays import newest_edition
from reglament.policy_book import PolicyBook
from sla_clock.domain.facts import Migrated, Opened, in_order
from sla_clock.domain.planning import plan_of
from sla_clock.domain.target import Editions, Plan, Standing, editions_of
from sla_clock.projections.editions import EditionBook
from sla_clock.projections.ticket_events import TicketFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What shall hold for a ticket from now on.

    version: of the desk's policy; None: the one that holds. is_newest: the newest holidays too.
    """

    version: int | None = None
    is_newest: bool = False


class Plans:
    """Policy versions as plans, built once. book: by which holidays tickets began."""

    def __init__(self, policies: PolicyBook, book: EditionBook | None = None) -> None:
        self._policies = policies
        self._book = book or EditionBook()
        self._built: dict[tuple[str, int, Editions], Plan] = {}

    def get(self, desk: str, version: int, editions: Editions = ()) -> Plan:
        """The plan of that version; editions: of the holidays, where it says none, the newest.

        Raises NotYet where the policy has not been read.
        """
        found = self._built.get((desk, version, editions))
        if found is None:
            policy = self._policies.get(desk, version)
            made = plan_of(policy, version, dict(editions))
            found = replace(made, others=partial(self.get, desk))
            self._built[desk, version, editions] = found
        return found

    def of(self, known: TicketFacts) -> Plan:
        """The plan under which the ticket was opened, on the holidays of then.

        Raises LookupError for a ticket without a policy, NotYet as `get`.
        """
        if known.policy_version is None:
            raise LookupError(f"{known.ticket} stands under no policy")
        opened = next((fact for fact in known.facts if isinstance(fact, Opened)), None)
        if opened is None:
            return self.get(known.desk, known.policy_version)
        editions = self._book.at(opened.recorded_at)
        return self.get(known.desk, known.policy_version, editions)

    def after(self, known: TicketFacts, move: Move) -> Standing:
        """The version and the holidays that hold for the ticket after the move."""
        version, editions = standing(known, self.of(known))
        version = version if move.version is None else move.version
        if not move.is_newest:
            return version, editions
        plan = self.get(known.desk, version)
        newest = {
            calendar.region: newest_edition(calendar.region)
            for calendar in plan.calendars.values()
            if calendar.region is not None
        }
        return version, editions_of({**dict(editions), **newest})


def standing(known: TicketFacts, plan: Plan) -> Standing:
    """The version and the holidays by which the ticket's clocks go by now."""
    version, editions = plan.version, dict(plan.editions)
    for fact in known.facts:
        if isinstance(fact, Migrated):
            version, editions = fact.version, editions | dict(fact.editions)
    return version, editions_of(editions)


def moved(known: TicketFacts, fact: Migrated) -> TicketFacts:
    """The ticket as it is once that has happened to it."""
    return replace(known, facts=in_order((*known.facts, fact)))


def migrated(before: Standing, after: Standing, at: datetime) -> Migrated:
    """What happens to a ticket that moves from the one to the other."""
    held: Mapping[str, int] = dict(before[1])
    changed = {name: edition for name, edition in after[1] if held.get(name) != edition}
    return Migrated(at=at, recorded_at=at, version=after[0], editions=editions_of(changed))

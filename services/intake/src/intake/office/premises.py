"""Everything of intake that its routes, loops and reactors work with; made once, by app.py."""

from dataclasses import dataclass
from typing import Any

from intake.credentials import SealedStore
from intake.office.erasing import Erasing
from intake.office.office import Doors, Office
from intake.office.register import Register
from intake.personal_data import PersonalData
from intake.projections.queries import Queries
from intake.projections.shown import Shown
from intake.settings import Settings
from reglament.runtime import Runtime
from reglament.telemetry import Tracing

KEY = "premises"


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """One a process. trace_url: where a trace is shown, with `{trace_id}` for its id."""

    doors: Doors
    office: Office
    queries: Queries
    shown: Shown
    sealed: SealedStore
    erasing: Erasing
    pool: Any
    tracing: Tracing
    trace_url: str | None


def premises_for(runtime: Runtime) -> Premises:
    """Made of what the process holds."""
    doors = Doors(
        store=runtime.store,
        policies=runtime.policies,
        register=Register(runtime.pool),
        data=PersonalData(runtime.pool),
        secret=runtime.settings.secret.get_secret_value(),
    )
    return Premises(
        doors=doors,
        office=Office(doors),
        queries=Queries(runtime.pool),
        shown=Shown(runtime.pool),
        sealed=SealedStore(runtime.pool, doors.secret),
        erasing=Erasing(runtime.pool, runtime.store),
        pool=runtime.pool,
        tracing=runtime.tracing,
        trace_url=runtime.settings.trace_url if isinstance(runtime.settings, Settings) else None,
    )

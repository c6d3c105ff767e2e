"""What was asked of the system and what it answered, as its clients know it: the run's own truth.

A line an event in a file, so that it can be read beside the logs of the processes.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A command that got its final answer. id: its Idempotency-Key and X-Request-ID.

    what: the event type that it must have made exactly once, "" for none; ticket, version,
    number: what the answer says; source: of the service that answered.
    """

    id: str
    what: str
    source: str
    desk: str
    status: int
    ticket: str = ""
    version: int = 0
    number: str = ""
    attempts: int = 1

    @property
    def is_acknowledged(self) -> bool:
        """Whether the system said that it is done."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A letter that the mail server took. answers: the ticket that it must come to, if any."""

    message_id: str
    desk: str
    sender: str
    ticket: str = ""


@dataclass(slots=True)
class Journal:
    """Everything of one run; `asked` without an answer yet."""

    file: Path
    answered: list[Answered] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    _out: TextIOWrapper | None = None

    def ask(self, identifier: str, what: str) -> None:
        """A command goes out for the first time."""
        self.asked[identifier] = what
        self._write({"asked": identifier, "what": what})

    def answer(self, answered: Answered) -> None:
        """It was answered for good."""
        self.asked.pop(answered.id, None)
        self.answered.append(answered)
        self._write({"answered": asdict(answered)})

    def post(self, posted: Posted) -> None:
        """The mail server said 250."""
        self.posted.append(posted)
        self._write({"posted": asdict(posted)})

    def fault(self, what: str, detail: str = "") -> None:
        """An attempt that came to nothing: a lost connection, a 503, a 500."""
        self.faults[what] += 1
        if detail:
            self._write({"fault": what, "detail": detail})

    def note(self, what: str) -> None:
        """What the run itself did."""
        self._write({"note": what})

    def _write(self, line: dict[str, object]) -> None:
        if self._out is None:
            self._out = self.file.open("a")
        at = datetime.now(UTC).isoformat()  # noqa: TID251 - beside the logs of the processes
        self._out.write(json.dumps({"at": at, **line}) + "\n")
        self._out.flush()

    def close(self) -> None:
        """No more lines."""
        if self._out is not None:
            self._out.close()
            self._out = None

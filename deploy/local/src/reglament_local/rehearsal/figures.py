"""What a rehearsal comes to: one line."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reglament_local.chaos.evidence import Evidence, Finding
from reglament_local.chaos.figures import KINDS
from reglament_local.rehearsal.witness import Seen


@dataclass(slots=True, kw_only=True)
class Figures:
    """old, new: the two versions; seconds: of the whole; ends: see Fleet."""

    old: str
    new: str
    seen: Seen = field(default_factory=Seen)
    ends: Sequence[float] = ()
    findings: Sequence[Finding] = ()
    acknowledged: int = 0
    letters: int = 0
    events: int = 0
    seconds: float = 0.0

    def count(self, evidence: Evidence) -> None:
        """What was gathered when all was quiet."""
        self.acknowledged = sum(one.is_acknowledged for one in evidence.answered)
        self.letters, self.events = len(evidence.posted), len(evidence.store)

    @property
    def is_clean(self) -> bool:
        """Whether no client saw a fault and nothing was lost."""
        return not self.findings and not self.seen.failures

    def wrong(self, most: int) -> Iterator[str]:
        """What clients saw and what was found, so much at most of each."""
        for what, count in self.seen.failures.most_common(most):
            yield f"seen by a client: {what}, {count} times"
        yield from (str(finding) for finding in self.findings[:most])

    def line(self) -> str:
        """All of it; the longest waits in seconds."""
        wrong = Counter(finding.kind for finding in self.findings)
        silence = ", ".join(f"{name} {most:.1f}" for name, most in self.seen.silence.items())
        counted = {
            "from": self.old,
            "to": self.new,
            "seconds": round(self.seconds),
            "requests": self.seen.requests,
            "failures": self.seen.failures.total(),
            "acknowledged": self.acknowledged,
            "letters": self.letters,
            "events": self.events,
            "ended": len(self.ends),
            **{kind: wrong[kind] for kind in KINDS},
        }
        said = " ".join(f"{name} {value}" for name, value in counted.items())
        return (
            f"rehearsal: {said} | longest s: answer {self.seen.longest:.1f},"
            f" silence ({silence}), end {max(self.ends, default=0.0):.1f},"
            f" clients late {self.seen.late:.1f}"
        )

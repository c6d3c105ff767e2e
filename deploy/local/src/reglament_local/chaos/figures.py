"""What a run comes to: one line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from reglament_local.chaos.evidence import Evidence, Finding


@dataclass(slots=True, kw_only=True)
class Figures:
    """recoveries: seconds from a fault's end until work goes through again, by kind."""

    seed: int
    rounds: int = 0
    seconds: float = 0.0
    acknowledged: int = 0
    letters: int = 0
    events: int = 0
    repeated_letters: int = 0
    webhooks: int = 0
    repeated_webhooks: int = 0
    internal_errors: int = 0
    findings: Sequence[Finding] = ()
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def count(self, evidence: Evidence, findings: Sequence[Finding]) -> None:
        """What was gathered, and what is wrong with it."""
        self.acknowledged = sum(one.is_acknowledged for one in evidence.answered)
        self.letters, self.events = len(evidence.posted), len(evidence.store)
        self.repeated_letters = sum(count - 1 for count in evidence.mailboxes.values())
        self.webhooks = len(evidence.told)
        self.repeated_webhooks = sum(count - 1 for count in evidence.told.values())
        self.findings = findings

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not self.findings

    def wrong(self, most: int) -> Iterator[str]:
        """What was found, so much at most."""
        yield from (str(finding) for finding in self.findings[:most])

    def line(self) -> str:
        """The run in one line: losses by kind, recovery p50/p95 (number) by kind of fault."""
        wrong = Counter(finding.kind for finding in self.findings)
        counted: Mapping[str, object] = {
            "seed": self.seed,
            "rounds": self.rounds,
            "seconds": round(self.seconds),
            "acknowledged": self.acknowledged,
            "letters": self.letters,
            "webhooks": self.webhooks,
            "events": self.events,
            **{kind: wrong.pop(kind, 0) for kind in KINDS},
            **wrong,
            "errors-500": self.internal_errors,
            "letters-repeated": self.repeated_letters,
            "webhooks-repeated": self.repeated_webhooks,
        }
        said = " ".join(f"{name} {value}" for name, value in counted.items())
        recovered = " ".join(
            f"{kind} {quantile(some, 0.5):.1f}/{quantile(some, 0.95):.1f} ({len(some)})"
            for kind, some in sorted(self.recoveries.items())
        )
        return f"chaos: {said} | recovery p50/p95 s: {recovered}"


KINDS = ("lost", "doubled", "order", "numbers", "clocks", "projections", "waiting", "hung")


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]

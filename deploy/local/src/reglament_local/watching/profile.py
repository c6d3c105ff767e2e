"""How patient alerts are. In production as written; in drills all waits are a twelfth."""

from dataclasses import dataclass

UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Every window, `for` and threshold in seconds is divided by `by`."""

    by: int = 1

    def seconds(self, seconds: float) -> str:
        """A threshold in seconds, as PromQL writes a number."""
        return f"{seconds / self.by:g}"

    def span(self, seconds: int) -> str:
        """A duration, as PromQL writes it: 5m, 90s."""
        scaled = max(1, seconds // self.by)
        for unit, size in UNITS:
            if scaled % size == 0:
                return f"{scaled // size}{unit}"
        raise AssertionError("not reached: a second divides all")


PRODUCTION = Profile()
DRILL = Profile(by=12)

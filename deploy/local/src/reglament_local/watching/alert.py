"""What an alert on a symptom is.

`{n:60}` in an expression is a threshold in seconds and `{w:600}` a window: a drill shortens both.
fires, silent: series for promtool, `series -> values` a minute apart; what is seen after an hour.
"""

import re
from dataclasses import dataclass

from reglament_local.watching.profile import Profile

Series = tuple[tuple[str, str], ...]
_SCALED = re.compile(r"\{([nw]):(\d+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A symptom. lasting: seconds that it must hold; its series are for promtool."""

    name: str
    severity: str
    expr: str
    lasting: int
    summary: str
    description: str
    fires: Series
    silent: Series

    def expression(self, profile: Profile) -> str:
        """The PromQL for a profile."""

        def scaled(found: re.Match[str]) -> str:
            seconds = int(found[2])
            return profile.seconds(seconds) if found[1] == "n" else profile.span(seconds)

        return _SCALED.sub(scaled, self.expr)


def gauge(name: str, high: str, low: str = "0", **labels: str) -> dict[str, Series]:
    """Two series of one gauge: one that is too high, one that is not."""
    said = ",".join(f'{key}="{value}"' for key, value in labels.items())
    series = f"{name}{{{said}}}" if said else name
    return {"fires": ((series, f"{high}+0x90"),), "silent": ((series, f"{low}+0x90"),)}

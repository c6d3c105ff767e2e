"""Where things lie: the checkout, what a run leaves (.run), .tools, .backups."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
SUMS = CHECKOUT / "deploy" / "local" / "jars.sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders of one stack; two stacks may share `tools`, never `run`."""

    run: Path
    tools: Path
    policies: Path
    backups: Path = CHECKOUT / ".backups"

    @property
    def logs(self) -> Path:
        """One file a process, named after it."""
        return self.run / "log"

    @property
    def ready(self) -> Path:
        """The addresses and keys (contract "Processes and local addresses")."""
        return self.run / "ready.json"


def places_from(environ: Mapping[str, str]) -> Places:
    """REGLAMENT_RUN, …_TOOLS, …_POLICIES and …_BACKUPS move the folders."""
    return Places(
        run=Path(environ.get("REGLAMENT_RUN") or CHECKOUT / ".run").resolve(),
        tools=Path(environ.get("REGLAMENT_TOOLS") or CHECKOUT / ".tools").resolve(),
        policies=Path(environ.get("REGLAMENT_POLICIES") or CHECKOUT / "policies").resolve(),
        backups=Path(environ.get("REGLAMENT_BACKUPS") or CHECKOUT / ".backups").resolve(),
    )

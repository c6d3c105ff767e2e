"""The named failpoints of the installed code, and which service passes each."""

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

from reglament_local.secrets_file import DATABASES

_POINT = re.compile(r'failpoint\("([a-z_.]+)"\)')


def failpoints() -> Mapping[str, tuple[str, ...]]:
    """Name -> import names of the services that pass it; the library's are passed by all."""
    found: dict[str, tuple[str, ...]] = {}
    for package in ("reglament", *DATABASES):
        services = DATABASES if package == "reglament" else (package,)
        for file in sorted(_folder(package).rglob("*.py")):
            found |= dict.fromkeys(_POINT.findall(file.read_text()), services)
    return found


def _folder(package: str) -> Path:
    # Found without importing: the stack imports no service.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return Path("/nonexistent")
    return Path(next(iter(spec.submodule_search_locations)))

"""`python -m sla_clock`; with `audit [AS_OF]`: reckon all clocks anew and compare;
with `outcomes`: reckon anew what reports sum up.
"""

import asyncio
import sys

from reglament.process import run
from sla_clock.app import create_app
from sla_clock.audit import run_audit
from sla_clock.reports.filling import run_fill
from sla_clock.settings import Settings

if __name__ == "__main__":
    settings = Settings()  # type: ignore[call-arg]  # from the environment
    if sys.argv[1:2] == ["audit"]:
        sys.exit(asyncio.run(run_audit(settings, sys.argv[2:])))
    if sys.argv[1:2] == ["outcomes"]:
        sys.exit(asyncio.run(run_fill(settings)))
    run(create_app, settings)

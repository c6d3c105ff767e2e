"""The alert rules, by Prometheus's own promtool."""

import pytest

from reglament_local.debian import binary
from reglament_local.errors import StackError
from reglament_local.places import CHECKOUT
from reglament_local.watching.__main__ import main


def test_every_alert_fires_in_its_case_and_is_silent_in_the_other() -> None:
    try:
        binary("promtool", "prometheus", CHECKOUT / ".tools")
    except StackError as fault:
        pytest.skip(str(fault))
    assert main(["test"]) == 0

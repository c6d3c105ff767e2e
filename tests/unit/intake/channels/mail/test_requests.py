"""A reply to a returned request: what of it is new."""

import pytest

from intake.channels.mail.requests import as_information
from reglament.policy.loader import validate
from reglament.testing import AT
from tests.unit.intake.channels.mail.letters import letter

POLICY = validate(
    {
        "desk": "any",
        "name": "Any",
        "time_zone": "UTC",
        "number": "ANY-{sequence:06d}",
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"email": {"accept": "always"}},
    }
)


@pytest.mark.rule("MIC-07")
@pytest.mark.parametrize(
    ("subject", "new"),
    [
        ("Re: [ANY-000012]", None),
        ("Re: [ANY-000012] ", None),
        ("Ответ: [any-000012] Re: Printer", "Printer"),
        ("Printer is on fire", "Printer is on fire"),
        ("Re: ANY-000012 Printer", "Printer"),
        ("", None),
    ],
)
def test_our_own_number_is_no_description(subject: str, new: str | None) -> None:
    assert as_information(letter("x", {"Subject": subject}), POLICY, AT).subject == new

"""May a request come by this channel, now?"""

from datetime import UTC, datetime

import pytest

from intake.domain.facts import Arrival
from intake.domain.rules.channels import official, opening_violations
from tests.support.tickets import AT, desk

CHANNELS = {
    "web": {"accept": "always", "entered_by": "anyone"},
    "email": {"accept": "always", "preferred": True},
    "phone": {"accept": {"during": "office"}, "entered_by": "agent"},
    "chat": {"accept": "with_ticket"},
    "messenger": {"accept": "never"},
}
POLICY = desk(channels=CHANNELS, contacts={"email": "help@north.example"})


def test_official_channels_are_named_preferred_first_with_their_addresses() -> None:
    assert official(POLICY) == "email (help@north.example), phone, web"


@pytest.mark.parametrize(
    ("channel", "rule"),
    [
        ("messenger", "channel-not-official"),
        ("fax", "channel-not-official"),
        ("chat", "channel-needs-ticket"),
    ],
)
def test_a_channel_that_opens_nothing_says_which_do(channel: str, rule: str) -> None:
    arrival = Arrival(channel=channel, entered_by="requester")  # type: ignore[arg-type]
    (violation,) = opening_violations(POLICY, arrival, AT)
    assert (violation.rule, violation.detail) == (rule, official(POLICY))


def test_what_an_agent_enters_nobody_else_may() -> None:
    by_agent = Arrival(channel="phone", entered_by="engineer")
    assert opening_violations(POLICY, by_agent, AT) == []
    (violation,) = opening_violations(POLICY, Arrival(channel="phone", entered_by="integrator"), AT)
    assert violation.rule == "channel-entered-by-agent"


@pytest.mark.rule("EIL-02")
@pytest.mark.rule("RUS-06")
def test_outside_of_its_hours_the_refusal_says_when_it_opens_next() -> None:
    friday_night = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
    arrival = Arrival(channel="phone", entered_by="engineer")
    (violation,) = opening_violations(POLICY, arrival, friday_night)
    assert violation.rule == "channel-closed"
    assert violation.detail == "opens 2026-03-09T06:00:00.000000Z"

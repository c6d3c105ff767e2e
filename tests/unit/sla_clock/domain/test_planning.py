"""A policy's targets as the clocks use them."""

from reglament.policy.durations import BusinessDays
from reglament.policy.model import Policy
from sla_clock.domain.planning import plan_of

POLICY = Policy.model_validate(
    {
        "desk": "sixth",
        "name": "Sixth desk",
        "time_zone": "Europe/Moscow",
        "number": "SIX-{sequence}",
        "calendars": {"office": {"hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}},
        "channels": {"web": {"accept": "always"}},
        "sla": {
            "starts": "accepted",
            "on_reopen": "restart",
            "targets": [
                {
                    "metric": "handling",
                    "within": "10 business days",
                    "expect": "5 business days",
                    "by": "end_of_day",
                    "calendar": "office",
                    "priority": "high",
                    "offsets": ["-8h"],
                },
                {"metric": "first_response", "within": "1h", "calendar": "office"},
            ],
        },
        "reasons": {"excuse": ["client_unreachable"]},
    }
)


def test_a_policy_becomes_a_plan() -> None:
    plan = plan_of(POLICY, 3)
    handling, response = plan.targets
    assert (plan.version, plan.starts, plan.on_reopen) == (3, "accepted", "restart")
    assert plan.excuses == ("client_unreachable",)
    assert (handling.within, handling.expect) == (BusinessDays(10), BusinessDays(5))
    assert (handling.by_end_of_day, handling.priority) == (True, ("high",))
    assert handling.calendar == plan.calendars["office"]
    assert (handling.calendar.zone, handling.calendar.region) == ("Europe/Moscow", "RU")
    assert handling.pauses == {"waiting", "deferred"}
    assert (response.pauses, response.expect) == (frozenset(), None)


def test_a_step_written_twice_is_one() -> None:
    twice = {"metric": "update", "within": "1h", "calendar": "office", "at_risk": [50, 50, 75]}
    targets = [{**twice, "offsets": ["-5m", "-5m"]}]
    written = POLICY.model_dump(by_alias=True) | {"sla": {"targets": targets}}
    (target,) = plan_of(Policy.model_validate(written), 1).targets
    assert (target.at_risk, target.offsets) == ((50, 75), ("-5m",))

"""What a bench reads is what the real projections make of a ticket's events."""

import msgspec
import pytest

from bench.filling import EIGHT, TWELVE, of_intake, of_sla_clock, ticket_of


def test_a_ticket_has_its_number_in_its_id() -> None:
    assert ticket_of(255) == "000000ff-0000-7000-8000-0000000000ff"


@pytest.mark.parametrize("tables", [of_intake("a"), of_sla_clock("a")], ids=["intake", "sla"])
def test_no_two_tickets_share_a_row(tables: list[object]) -> None:
    for rows in tables:
        for many in (rows.answered, rows.waiting):  # type: ignore[attr-defined]
            assert many
            for row in many:
                text = msgspec.json.encode(row).decode()
                assert EIGHT in text
                assert TWELVE in text


def test_ids_of_one_ticket_are_its_own_and_differ() -> None:
    history = next(rows for rows in of_intake("a") if rows.table == "history_v1")
    keys = [row["key"] for row in history.answered]
    assert len(set(keys)) == len(keys) == 7
    assert {row["type"] for row in history.answered} >= {"TicketOpened", "ClockMet", "Assigned"}


def test_of_ten_tickets_one_waits_for_its_answer() -> None:
    view = next(rows for rows in of_intake("a") if rows.table == "ticket_view_v1")
    assert view.answered[0]["status"] == "resolved"
    assert view.waiting[0]["status"] == "accepted"

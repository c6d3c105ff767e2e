"""Series stand at 0 before their first event."""

from reglament import label_sets, metrics


def test_a_dead_letter_of_every_topic_and_reason_can_rise_from_0() -> None:
    label_sets.of_reader("notifier", ["reglament.tickets.v1"])
    for reason in ("unreadable", "misplaced", "refused"):
        labels = {"topic": "reglament.tickets.v1", "reason": reason}
        assert metrics.REGISTRY.get_sample_value("dead_letters_total", labels) is not None


def test_a_service_counts_its_own_events_only() -> None:
    value = metrics.REGISTRY.get_sample_value
    of_another = value("store_events_total", {"type": "NotificationSent"})
    label_sets.of_store("escalation")
    assert value("store_events_total", {"type": "Escalated"}) is not None
    assert value("store_events_total", {"type": "NotificationSent"}) == of_another


def test_what_may_become_of_a_letter_can_rise_from_0() -> None:
    label_sets.of_letters("notifier")
    labels = {"template": "confirmation", "outcome": "bounced"}
    assert metrics.REGISTRY.get_sample_value("notifications_total", labels) is not None


def test_an_exemplar_is_of_a_sampled_trace_only() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    sampled, not_sampled = (f"00-{trace}-00f067aa0ba902b7-{flags}" for flags in ("03", "02"))
    assert metrics.exemplar_of(sampled) == {"trace_id": trace}
    assert metrics.exemplar_of(not_sampled) is None
    assert metrics.exemplar_of(None) is None

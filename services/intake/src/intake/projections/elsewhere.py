"""What a ticket's row shows of other services' events: who has it, what became of its letter."""

from typing import Any

from reglament.events import escalations, notifications
from reglament.events.registry import Event

HANDLES: tuple[type[Event], ...] = (
    escalations.Queued,
    escalations.Assigned,
    escalations.Unassigned,
    escalations.Escalated,
    notifications.NotificationSent,
    notifications.NotificationBounced,
    notifications.NotificationFailed,
)


def changes(event: Event) -> dict[str, Any]:
    """The columns that another service's event sets."""
    match event:
        case escalations.Assigned():
            return {"assignee": event.engineer, "level": event.level}
        case escalations.Unassigned():
            return {"assignee": None}
        case escalations.Queued():
            return {"level": event.level}
        case escalations.Escalated():
            return {"level": event.to_level}
    if getattr(event, "template", None) != "confirmation":
        return {}
    return _confirmation(event)


def _confirmation(event: Event) -> dict[str, Any]:
    match event:
        case notifications.NotificationSent():
            return {"confirmation": "sent"}
        case notifications.NotificationBounced():
            return {"confirmation": "bounced"}
        case notifications.NotificationFailed():
            return {"confirmation": "failed"}
    return {}

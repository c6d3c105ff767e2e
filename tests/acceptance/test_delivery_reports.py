"""A letter that came back is known to the whole system (semantics 21, 25)."""

from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from imap_tools import MailMessage

from reglament.clock import now
from reglament_local.demo.pictures import attachment, png
from reglament_local.demo.system import Desk, System

pytestmark = pytest.mark.acceptance


def failed(letter: MailMessage, recipient: str, desk: Desk) -> Message:
    """A mail server's report that `letter` could not be delivered (RFC 3464)."""
    whole, server, about, original = (
        MIMEMultipart("report", report_type="delivery-status"),
        Message(),
        Message(),
        Message(),
    )
    whole["From"], whole["To"] = "MAILER-DAEMON@mx.example", desk.mailbox
    whole["Subject"], whole["Auto-Submitted"] = "Undelivered", "auto-replied"
    whole["Message-ID"] = f"<report.{desk.system.run}@mx.example>"
    server["Reporting-MTA"] = "dns; mx.example"
    about["Final-Recipient"], about["Action"] = f"rfc822; {recipient}", "failed"
    about["Status"] = "5.1.1"
    status = MIMEMessage(server, "delivery-status")
    status.set_payload([server, about])
    original["Message-ID"] = letter.headers["message-id"][0].strip()
    original["To"] = recipient
    whole.attach(MIMEText("The address is unknown."))
    whole.attach(status)
    whole.attach(MIMEText(original.as_string(), "rfc822-headers"))
    return whole


@pytest.mark.rule("EIL-05")
async def test_a_confirmation_that_came_back_withdraws_the_acceptance(site: System) -> None:
    desk, client = Desk(system=site, name="eiler"), site.address("claire")
    ticket = await desk.open(
        {
            "channel": "web",
            "subject": "Le module de supervision s'arrête",
            "description": "Après la mise à jour, le module s'arrête au démarrage.",
            "priority": "high",
            "category": "operation",
            "requester": {"name": "Claire", "email": client, "locale": "fr", "phone": "+33123"},
            "fields": {"steps": "1. Démarrer", "version": "4.2", "frequency": "toujours"},
            "attachments": [attachment("ecran.png", png())],
        }
    )
    await desk.status(ticket["id"], "accepted")
    (confirmation,) = await site.post.inbox(client)
    report = failed(confirmation, client, desk)
    await site.post.received_at(report, desk.mailbox, now())  # type: ignore[arg-type]
    rows = await desk.happened(
        ticket["id"], "DeliveryReported", "NotificationBounced", "AcceptanceWithdrawn"
    )
    types = [row["type"] for row in rows]
    order = ["TicketAccepted", "DeliveryReported", "NotificationBounced", "AcceptanceWithdrawn"]
    assert [kind for kind in types if kind in order] == order
    await desk.status(ticket["id"], "registered")
    await desk.clock_is(ticket["id"], "handling", "cancelled")
    told = await desk.get(f"/tickets/{ticket['id']}/notifications")
    assert [one["state"] for one in told["items"]] == ["bounced"]
    fates = (await desk.get(f"/letters?desk=eiler&message_id={report['Message-ID']}"))["items"]
    assert [(one["outcome"], one["ticket"]) for one in fates] == [("report", ticket["id"])]

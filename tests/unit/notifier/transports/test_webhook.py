"""Signatures as Standard Webhooks' own library takes them."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from notifier.transports.webhook import key_of, new_secret, signed_headers
from reglament.clock import now

BODY = '{"type":"TicketOpened","subject":"ё"}'.encode()


def test_the_standard_library_verifies_what_we_sign() -> None:
    secret = new_secret()
    headers = signed_headers((secret,), "msg_1", now(), BODY)
    assert Webhook(secret).verify(BODY.decode(), headers) == {
        "type": "TicketOpened",
        "subject": "ё",
    }


def test_another_body_secret_or_time_does_not_verify() -> None:
    secret = new_secret()
    headers = signed_headers((secret,), "msg_1", now(), BODY)
    old = signed_headers((secret,), "msg_1", datetime.now(UTC) - timedelta(hours=1), BODY)  # noqa: TID251
    for key, body, said in (
        (secret, "{}", headers),
        (new_secret(), BODY.decode(), headers),
        (secret, BODY.decode(), old),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(body, said)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_AAAA", "whsec_%%%", "short"])
def test_a_weak_or_malformed_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)

"""Subscriptions' secrets at rest."""

import pytest

from notifier.transports.kept_secrets import KeptSecrets
from notifier.transports.webhook import new_secret
from reglament.sealing import Unsealable


def test_a_secret_is_sealed_for_its_subscription_alone() -> None:
    ours, secret = KeptSecrets("one"), new_secret()
    kept = ours.sealed(secret, "s1")
    assert secret not in kept
    assert ours.opened(kept, "s1") == secret
    for other, place in ((ours, "s2"), (KeptSecrets("two"), "s1")):
        with pytest.raises(Unsealable):
            other.opened(kept, place)
    with pytest.raises(Unsealable):
        ours.opened("sealed:!", "s1")


def test_what_was_kept_in_plain_is_still_read() -> None:
    secret = new_secret()
    assert KeptSecrets("one").opened(secret, "s1") == secret

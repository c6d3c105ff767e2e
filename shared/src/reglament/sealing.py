"""Secrets at rest: encrypted under a key that stands outside of the database (WIS-13).

AES-256-GCM with a random nonce; what is sealed is bound to its place, so that a row copied to
another place does not open.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reglament.errors import ReglamentError

NONCE_BYTES, KEY_BYTES = 12, 32


class Unsealable(ReglamentError):
    """What was sealed under another key, for another place, or changed since."""


class Sealer:
    """One a purpose: a key made for one is of no use for another."""

    def __init__(self, secret: str, purpose: str) -> None:
        """secret: the service's; purpose: what is sealed, e.g. `credentials`."""
        derived = HKDF(
            algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"reglament/{purpose}".encode()
        )
        self._cipher = AESGCM(derived.derive(secret.encode()))

    def seal(self, text: str, place: str) -> bytes:
        """Nonce and ciphertext; another every time. place: the row that it belongs to."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """The text. Raises Unsealable."""
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, body, place.encode()).decode()
        except (InvalidTag, ValueError) as fault:
            raise Unsealable("sealed under another key, or for another place") from fault

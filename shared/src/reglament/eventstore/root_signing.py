"""Roots are signed, so that whoever may write into their folder cannot put others there.

Ed25519, with a key made of the service's secret setting; the public key stands in each file.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """signer: the public key; both in hex."""

    signer: str
    signature: str

    def holds(self, digest: str, trusted: Collection[str]) -> bool:
        """Whether one of the trusted keys has signed this digest."""
        if self.signer not in trusted:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.signer))
            key.verify(bytes.fromhex(self.signature), digest.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """The service's own key."""

    def __init__(self, secret: str) -> None:
        seed = hashlib.sha256(b"reglament roots\n" + secret.encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> str:
        """The public key, in hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, digest: str) -> Signature:
        """Of a root's digest."""
        return Signature(signer=self.public, signature=self._key.sign(digest.encode()).hex())

"""DKIM: what an independent check of the signature says."""

from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from notifier.letters.message import Addressed, build
from notifier.letters.rendering import Renderer, Wording
from notifier.transports.signing import Signer, load_signer
from reglament.testing import AT


@pytest.fixture(scope="module")
def keys() -> tuple[bytes, str]:
    """A private key in PEM, and the record that stands in DNS."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = "".join(public.decode().splitlines()[1:-1])
    return pem, f"v=DKIM1; k=rsa; p={record}"


def wire(sender: str, **more: Any) -> bytes:
    rendered = Renderer().render(
        Wording(template="message", locale="ru", zone="UTC"), {"text": "Готово."}
    )
    return build(
        Addressed(
            sender=sender,
            sender_name="Север",
            recipient="ann@client.example",
            recipient_name="",
            message_id="<a@b>",
            at=AT,
            answers="<b@c>",
            references=("<b@c>",),
            **more,
        ),
        rendered,
    ).as_bytes()


@pytest.mark.parametrize("sender", ["help@north.example", "help@mail.north.example"])
def test_a_letter_of_a_domain_with_a_key_is_signed_by_it(
    keys: tuple[bytes, str], sender: str
) -> None:
    pem, record = keys
    signed = Signer({"north.example": ("s1", pem)}).sign(wire(sender), sender)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record.encode()

    assert dkim.verify(signed, dnsfunc=dns)
    assert asked == [b"s1._domainkey.north.example."]
    assert not dkim.verify(
        signed.replace(b"In-Reply-To: <b@c>", b"In-Reply-To: <x@c>"), dnsfunc=dns
    )
    assert not dkim.verify(b"From: evil@x.example\r\n" + signed, dnsfunc=dns)


def test_a_letter_of_another_domain_goes_out_as_it_is(keys: tuple[bytes, str]) -> None:
    signer = Signer({"north.example": ("s1", keys[0])})
    letter = wire("help@other.example")
    assert signer.sign(letter, "help@other.example") == letter
    assert signer.sign(letter, "help@anorth.example") == letter


def test_keys_are_named_by_a_file_and_tried_at_the_start(
    tmp_path: Path, keys: tuple[bytes, str]
) -> None:
    (tmp_path / "north.pem").write_bytes(keys[0])
    (tmp_path / "dkim.yaml").write_text("north.example: {selector: s1, key: north.pem}")
    signer = load_signer(tmp_path / "dkim.yaml")
    assert signer.sign(wire("a@north.example"), "a@north.example").startswith(b"DKIM-Signature:")
    (tmp_path / "north.pem").write_text("no key")
    with pytest.raises(ValueError, match=r"north\.example"):
        load_signer(tmp_path / "dkim.yaml")


def test_no_file_means_no_signature() -> None:
    assert load_signer(None).sign(b"x", "a@north.example") == b"x"

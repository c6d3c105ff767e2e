"""A certificate authority of a test's own, and a server's certificate by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reglament import clock

LOOPBACK = "127.0.0.1"
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """PEM files. ca: what clients hold `chain` against; server: key and chain in one."""

    ca: Path
    chain: Path
    key: Path
    server: Path


def certificates(folder: Path) -> Certificates:
    """For a server on loopback, valid for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, key = _key(), _key()
    root = _signed("a test's CA", authority, "a test's CA", authority, (CA,))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))])
    leaf = _signed("a server", key, "a test's CA", authority, (names,))
    made = Certificates(
        ca=folder / "ca.crt",
        chain=folder / "tls.crt",
        key=folder / "tls.key",
        server=folder / "server.pem",
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = leaf.public_bytes(pem)
    made.ca.write_bytes(root.public_bytes(pem))
    made.chain.write_bytes(chain)
    made.key.write_bytes(secret)
    made.server.write_bytes(secret + chain)
    return made


CA = x509.BasicConstraints(ca=True, path_length=0)


def _key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _signed(
    name: str, key: Key, issuer: str, by: Key, extensions: Sequence[x509.ExtensionType]
) -> x509.Certificate:
    now = clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=extension is CA)
    return builder.sign(by, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

"""Jar sets held to the SHA-256 sums that are committed in deploy/local/jars.sha256."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class JarSet:
    """What one server runs from: its Maven coordinates and the size of the download."""

    name: str
    title: str
    endpoint: str
    megabytes: int


KAFKA = JarSet(
    name="kafka",
    title="Apache Kafka 4.3.1",
    endpoint="org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36",
    megabytes=44,
)
GREENMAIL = JarSet(
    name="greenmail",
    title="GreenMail 2.1.13",
    endpoint="com.icegreen:greenmail-standalone:2.1.13",
    megabytes=11,
)
STRIMZI = JarSet(
    name="strimzi",
    title="Strimzi 1.2.0's resource definitions",
    endpoint="io.strimzi:crd-generator:1.2.0+io.strimzi:api:1.2.0",
    megabytes=31,
)


def sums_of(name: str, sums: Path) -> dict[str, str]:
    """File name -> hex SHA-256 of one jar set, out of lines `HEX  SET/FILE`."""
    wanted: dict[str, str] = {}
    for line in sums.read_text(encoding="ascii").splitlines():
        digest, path = line.split()
        folder, file = path.split("/")
        if folder == name:
            wanted[file] = digest
    return wanted


def digest_of(file: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def faults_in(folder: Path, wanted: Mapping[str, str]) -> list[Path]:
    """Files of `wanted` that are missing in `folder`, cut or changed."""
    paths = {folder / file: digest for file, digest in wanted.items()}
    return [path for path, digest in paths.items() if not is_sound(path, digest)]


def is_sound(file: Path, digest: str) -> bool:
    """True when the file is there and has the committed sum."""
    return file.is_file() and digest_of(file) == digest

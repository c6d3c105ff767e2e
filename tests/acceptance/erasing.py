"""Where an erased person's words could still stand: databases, topics, files."""

import asyncio
import base64
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.support.topics import records_in

TABLES = """
SELECT quote_ident(relname) FROM pg_class
WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace"""
MAIL_LOG = "greenmail.log"
KINDS = (".log", ".out", ".json")
# So that the broker does at once what it does within a day.
SHORT = {
    "cleanup.policy": "compact",
    "segment.ms": "200",
    "max.compaction.lag.ms": "1",
    "min.cleanable.dirty.ratio": "0.01",
    "file.delete.delay.ms": "100",
}


@dataclass(slots=True, kw_only=True)
class Canaries:
    """Strings that occur nowhere else; kept: those that are stored until they are erased."""

    run: str
    kept: list[str] = field(default_factory=list)
    passing: list[str] = field(default_factory=list)

    def new(self, channel: str, *, is_kept: bool = True) -> str:
        """Another one, which tells by which channel it came."""
        number = len(self.kept) + len(self.passing)
        word = f"cnr{self.run}{number:02}{channel}"
        (self.kept if is_kept else self.passing).append(word)
        return word

    def found(self, places: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
        """Canary -> where it stands, as it is or in base64."""
        marks = list(_spellings(f"cnr{self.run}"))
        patterns = {word: list(_spellings(word)) for word in (*self.kept, *self.passing)}
        hits: dict[str, set[str]] = {}
        for place, content in places:
            if not any(mark in content for mark in marks):
                continue
            for word, spellings in patterns.items():
                if any(spelling in content for spelling in spellings):
                    hits.setdefault(word, set()).add(place)
        return hits


def _spellings(word: str) -> Iterator[bytes]:
    """As it is, and what base64 makes of it wherever it stands in a line."""
    yield word.encode()
    for shift in range(3):
        # Six bits a letter: those that hold bits of the word and of nothing else.
        encoded = base64.b64encode(b"\0" * shift + word.encode())
        yield encoded[-(-shift * 8 // 6) : (shift + len(word)) * 8 // 6]


async def in_databases(databases: dict[str, str]) -> list[tuple[str, bytes]]:
    """Every row of every table, as COPY gives it: texts, JSON and bytes as they are."""
    found = []
    for name, dsn in databases.items():
        connection = await asyncpg.connect(dsn)
        try:
            for (table,) in await connection.fetch(TABLES):
                out = io.BytesIO()
                await connection.copy_from_query(
                    f"SELECT * FROM {table}",  # noqa: S608 - of the catalogue
                    output=out,
                    format="binary",
                )
                found.append((f"{name}.{table}", out.getvalue()))
        finally:
            await connection.close()
    return found


async def in_topics(kafka: str) -> list[tuple[str, bytes]]:
    """Every record of every topic that a reader from the beginning would get."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    names = [name for name in await admin.list_topics() if not name.startswith("__")]
    await admin.close()
    found: dict[str, list[bytes]] = {}
    for record in await records_in(kafka, *names):
        headers = [each for pair in record.headers for each in pair]
        parts = found.setdefault(f"{record.topic}/{record.partition}", [])
        parts += [record.key or b"", record.value or b""]
        parts += [h if isinstance(h, bytes) else h.encode() for h in headers]
    return [(place, b"\n".join(parts)) for place, parts in found.items()]


def in_files(run: Path, *folders: str) -> list[tuple[str, bytes]]:
    """Files under the run folder, but the databases' own (their rows are read by COPY)."""
    roots = [run / folder for folder in folders]
    return [
        (str(file.relative_to(run)), file.read_bytes())
        for root in roots
        for file in ([root] if root.is_file() else root.rglob("*"))
        if file.suffix in KINDS and file.name != MAIL_LOG
    ]


async def configure(kafka: str, topics: Iterable[str], settings: dict[str, Any]) -> None:
    """Other settings of topics that are there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, settings) for topic in topics]
        )
    finally:
        await admin.close()


async def everywhere(ready: dict[str, Any], run: Path) -> list[tuple[str, bytes]]:
    """All of it; the mail server's mailboxes and its log are not ours."""
    files = await asyncio.to_thread(
        in_files, run, "log", "kafka", "stack.out", "ready.json", "published.json"
    )
    return [*await in_databases(ready["databases"]), *await in_topics(ready["kafka"]), *files]

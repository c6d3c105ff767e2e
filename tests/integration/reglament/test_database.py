"""Connections: a database that demands TLS is told in the DSN, as CloudNativePG's secrets have it;
plans of tables that are empty yet.
"""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from reglament.database import close_pool, connect, connect_pool, migrate
from reglament.messaging import connections
from reglament.messaging.inbox import KNOWN
from reglament.process import LIBRARY_MIGRATIONS
from tests.support.certificates import LOOPBACK, Certificates, certificates
from tests.support.stack import Databases

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
REFUSAL = b"SFATAL\0VFATAL\0C28000\0Mthe line was TLS\0\0"


class Guarded(socketserver.ThreadingTCPServer):
    """A server that takes TLS alone, and says over it that nobody may enter.

    The local PostgreSQL is built without TLS.
    """

    daemon_threads = True

    def __init__(self, files: Certificates) -> None:
        super().__init__((LOOPBACK, 0), Doorman)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(files.server)


class Doorman(socketserver.BaseRequestHandler):
    """One connection."""

    server: Guarded

    def handle(self) -> None:
        assert self.request.recv(len(SSL_REQUEST), socket.MSG_WAITALL) == SSL_REQUEST
        self.request.sendall(b"S")
        try:
            with self.server.context.wrap_socket(self.request, server_side=True) as line:
                line.recv(4096)
                line.sendall(b"E" + (len(REFUSAL) + 4).to_bytes(4, "big") + REFUSAL)
        except OSError:
            pass  # the client did not like our certificate


@contextmanager
def listening(files: Certificates) -> Iterator[int]:
    """Its port."""
    with Guarded(files) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def dsn(port: int, ca: Path) -> str:
    return f"postgresql://u:p@{LOOPBACK}:{port}/intake?sslmode=verify-full&sslrootcert={ca}"


async def test_a_dsn_with_verify_full_is_held_against_its_authority(tmp_path: Path) -> None:
    files, other = certificates(tmp_path / "one"), certificates(tmp_path / "other")
    with listening(files) as port:
        for enter in (connect, connect_pool):
            with pytest.raises(asyncpg.PostgresError, match="the line was TLS"):
                await enter(dsn(port, files.ca))
            with pytest.raises(ssl.SSLCertVerificationError):
                await enter(dsn(port, other.ca))


KEYS = [str(number) for number in range(10)]


@pytest.mark.integration
async def test_an_empty_table_is_not_read_whole_by_plans_that_are_kept_while_it_grows(
    postgres: Databases,
) -> None:
    database = await postgres()
    pool = await connect_pool(database)
    await migrate(pool, LIBRARY_MIGRATIONS)
    own, whole = await connections.connect(database, "loop"), await connect(database)
    try:
        plans = [
            "\n".join(row[0] for row in await it.fetch(f"EXPLAIN {KNOWN}", *[KEYS] * 4))
            for it in (pool, own, whole)
        ]
    finally:
        await own.close()
        await whole.close()
        await close_pool(pool)
    assert ["Seq Scan" in plan for plan in plans] == [False, False, True], plans

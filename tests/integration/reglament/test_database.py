"""A database that demands TLS is told in the DSN, as CloudNativePG's secrets have it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from reglament.database import connect, connect_pool
from tests.support.certificates import LOOPBACK, Certificates, certificates

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
REFUSAL = b"SFATAL\0VFATAL\0C28000\0Mthe line was TLS\0\0"


@asynccontextmanager
async def listening(files: Certificates) -> AsyncIterator[int]:
    """A server that takes TLS alone, and says over it that nobody may enter; its port.

    The local PostgreSQL is built without TLS.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                length = int.from_bytes(await reader.readexactly(4))
                await reader.readexactly(length - 4)
                writer.write(b"E" + (len(REFUSAL) + 4).to_bytes(4) + REFUSAL)
                await writer.drain()
        except (OSError, EOFError):
            pass  # the client did not like our certificate
        finally:
            writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def dsn(port: int, ca: Path) -> str:
    return f"postgresql://u:p@{LOOPBACK}:{port}/intake?sslmode=verify-full&sslrootcert={ca}"


async def test_a_dsn_with_verify_full_is_held_against_its_authority(tmp_path: Path) -> None:
    files, other = certificates(tmp_path / "one"), certificates(tmp_path / "other")
    async with listening(files) as port:
        for enter in (connect, connect_pool):
            with pytest.raises(asyncpg.PostgresError, match="the line was TLS"):
                await enter(dsn(port, files.ca))
            with pytest.raises(ssl.SSLCertVerificationError):
                await enter(dsn(port, other.ca))

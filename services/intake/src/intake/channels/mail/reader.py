"""The event loop's side of the worker process: one child, a time box, a new child after a death."""

import asyncio
import contextlib
import sys

import msgspec

from intake.channels.mail.worker import LENGTH_BYTES, Outcome

TIME_LIMIT_SECONDS = 10.0
DEATHS = 2


class LetterReader:
    """Reads letters in a child process, one at a time; `close` ends the child."""

    def __init__(self, time_limit_seconds: float = TIME_LIMIT_SECONDS) -> None:
        self.limit_seconds = time_limit_seconds
        self._lock = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._decoder = msgspec.msgpack.Decoder(Outcome)

    @property
    def child_pid(self) -> int | None:
        """The worker's process id, while it lives."""
        return None if self._child is None else self._child.pid

    async def read(self, raw: bytes) -> Outcome:
        """What is in the letter; `timeout`, or `worker-died` where two children died of it.

        One death may have other causes than the letter: another child is tried.
        """
        async with self._lock:
            for _ in range(DEATHS):
                try:
                    return await asyncio.wait_for(self._exchange(raw), self.limit_seconds)
                except TimeoutError:
                    await self._end()
                    return Outcome(unreadable="timeout")
                except (OSError, asyncio.IncompleteReadError):
                    await self._end()
                except BaseException:
                    await self._end()  # cancelled between question and answer: out of step
                    raise
            return Outcome(unreadable="worker-died")

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._end()

    async def _exchange(self, raw: bytes) -> Outcome:
        if self._child is None or self._child.returncode is not None:
            self._child = await _started()
        source, target = self._child.stdout, self._child.stdin
        if source is None or target is None:
            raise OSError("the worker has no pipes")
        target.write(len(raw).to_bytes(LENGTH_BYTES) + raw)
        await target.drain()
        length = int.from_bytes(await source.readexactly(LENGTH_BYTES))
        return self._decoder.decode(await source.readexactly(length))

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "intake.channels.mail.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the parent; the child ends with its pipe
    )

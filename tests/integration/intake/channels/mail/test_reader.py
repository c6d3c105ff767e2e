"""The worker process: real, and killed where a letter makes it so."""

import asyncio
import os

import pytest

from intake.channels.mail.reader import LetterReader
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration


async def test_a_letter_is_read_in_the_child_and_the_child_lives_on() -> None:
    reader = LetterReader()
    try:
        for subject in ("one", "two"):
            outcome = await reader.read(raw_letter(headers={"Subject": subject}))
            assert outcome.letter is not None
            assert outcome.letter.subject == subject
    finally:
        await reader.close()


async def test_a_letter_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    reader = LetterReader(time_limit_seconds=0.0)
    try:
        assert (await reader.read(raw_letter())).unreadable == "timeout"
        reader.limit_seconds = 10.0
        assert (await reader.read(raw_letter())).letter is not None
    finally:
        await reader.close()


async def test_a_child_that_dies_takes_no_letter_with_it() -> None:
    reader = LetterReader()
    try:
        await reader.read(raw_letter())
        assert reader.child_pid is not None
        os.kill(reader.child_pid, 9)
        assert (await reader.read(raw_letter())).letter is not None
    finally:
        await reader.close()


async def test_memory_is_bounded() -> None:
    reader = LetterReader()
    try:
        huge = b"From: a@x.example\r\nContent-Type: text/html\r\n\r\n" + b"<p>" * 9_000_000
        outcome = await asyncio.wait_for(reader.read(huge), 30)
        assert outcome.letter is not None or outcome.unreadable in (
            "memory",
            "timeout",
            "worker-died",
        )
    finally:
        await reader.close()

"""The mail role of the process: readers of the desks' mailboxes, and the letters' work.

For `app.py`: a `Loop` of the role `mail` around `run_mail`.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from intake.channels.door import Counter, Protocol, keep_doors
from intake.channels.mail.classify import Ourselves
from intake.channels.mail.imap import MailboxAddress
from intake.channels.mail.posting import Post
from intake.channels.mail.reader import LetterReader
from intake.channels.mail.work import LetterWork
from intake.channels.mailbox import Mailboxes, MailboxReader
from intake.letters.store import LetterStore
from reglament.policy_book import PolicyBook


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDoor:
    """Where mail comes in.

    server: host:port of the IMAP server, TLS on 993; holder: this replica, for the leases;
    authserv_ids: the names by which our own mail server signs Authentication-Results;
    keep: how long stored letters stay in the mailboxes; doors: where we listen ourselves;
    secrets: a folder of passwords beside the environment, for desks that come while we run.
    """

    server: str | None = None
    holder: str
    authserv_ids: frozenset[str] = field(default_factory=frozenset)
    keep: timedelta | None = None
    doors: tuple[tuple[Protocol, str], ...] = ()
    secrets: Path | None = None


def mailboxes_of(policies: PolicyBook, secrets: Path | None) -> list[MailboxAddress]:
    """Each desk's mailbox by its newest rules, with its password as it is now."""
    return [
        MailboxAddress(
            desk=desk,
            address=version.policy.mailbox.address,
            password=password_of(version.policy.mailbox.secret, secrets),
        )
        for desk, version in policies.desks().items()
        if version.policy.mailbox is not None
    ]


def password_of(name: str, folder: Path | None) -> str:
    """What the variable of that name holds, else the file in the folder; else nothing."""
    if (said := os.environ.get(name)) is not None or folder is None or Path(name).name != name:
        return said or ""
    try:
        return (folder / name).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        return ""


def ourselves(post: Post, door: MailDoor) -> Ourselves:
    """What is ours now: every desk's mailbox, our mail server's names, the secret."""
    boxes = mailboxes_of(post.doors.policies, door.secrets)
    return Ourselves(
        addresses=frozenset(box.address.casefold() for box in boxes),
        servers=frozenset(name.lower() for name in door.authserv_ids),
        secret=post.doors.secret,
    )


async def run_mail(post: Post, door: MailDoor, stopping: asyncio.Event) -> None:
    """Read all mailboxes and work the letters off, until told to stop."""
    work = LetterWork(post, LetterReader(), partial(ourselves, post, door))

    desks = partial(mailboxes_of, post.doors.policies, door.secrets)
    counter = Counter(
        pool=post.letters.pool, desks=desks, secret=post.doors.secret, now=post.now, woken=work.wake
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_doors(counter, door.doors, stopping))
        group.create_task(work.run(stopping))
        if door.server is not None:
            make = partial(_reader, door.server, door, post.letters, work.wake)
            group.create_task(Mailboxes(desks, make).run(stopping))


def _reader(
    server: str,
    door: MailDoor,
    letters: LetterStore,
    woken: Callable[[], None],
    box: MailboxAddress,
) -> MailboxReader:
    return MailboxReader(server, box, letters, door.holder, woken, door.keep)

"""The mail role of the process: readers of the desks' mailboxes, and the letters' work.

For `app.py`: a `Loop` of the role `mail` around `run_mail`.
"""

import asyncio
import os
from dataclasses import dataclass, field
from functools import partial

from intake.channels.mail.classify import Ourselves
from intake.channels.mail.imap import MailboxAddress
from intake.channels.mail.posting import Post
from intake.channels.mail.reader import LetterReader
from intake.channels.mail.work import LetterWork
from intake.channels.mailbox import Mailboxes, MailboxReader
from reglament.policy_book import PolicyBook


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDoor:
    """Where mail comes in.

    server: host:port of the IMAP server, TLS on 993; holder: this replica, for the leases;
    authserv_ids: the names by which our own mail server signs Authentication-Results.
    """

    server: str
    holder: str
    authserv_ids: frozenset[str] = field(default_factory=frozenset)


def mailboxes_of(policies: PolicyBook) -> list[MailboxAddress]:
    """Each desk's mailbox by its newest rules; the password is in the variable that they name."""
    return [
        MailboxAddress(
            desk=desk,
            address=version.policy.mailbox.address,
            password=os.environ.get(version.policy.mailbox.secret, ""),
        )
        for desk, version in policies.desks().items()
        if version.policy.mailbox is not None
    ]


def ourselves(post: Post, door: MailDoor) -> Ourselves:
    """What is ours now: every desk's mailbox, our mail server's names, the secret."""
    boxes = mailboxes_of(post.doors.policies)
    return Ourselves(
        addresses=frozenset(box.address.casefold() for box in boxes),
        servers=frozenset(name.lower() for name in door.authserv_ids),
        secret=post.doors.secret,
    )


async def run_mail(post: Post, door: MailDoor, stopping: asyncio.Event) -> None:
    """Read all mailboxes and work the letters off, until told to stop."""
    work = LetterWork(post, LetterReader(), partial(ourselves, post, door))

    def make(box: MailboxAddress) -> MailboxReader:
        return MailboxReader(door.server, box, post.letters, door.holder, work.wake)

    boxes = Mailboxes(partial(mailboxes_of, post.doors.policies), make)
    async with asyncio.TaskGroup() as group:
        group.create_task(boxes.run(stopping))
        group.create_task(work.run(stopping))

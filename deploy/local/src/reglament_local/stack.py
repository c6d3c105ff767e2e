"""One stack's configuration, and the three servers made from it."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reglament_local.console import Steps
from reglament_local.downloads import jars_of
from reglament_local.errors import StackError
from reglament_local.greenmail import GreenMail, greenmail_part
from reglament_local.jars import GREENMAIL, KAFKA, JarSet
from reglament_local.kafka import Kafka, kafka_part
from reglament_local.parts import Part
from reglament_local.places import Places, places_from
from reglament_local.ports import ports_from
from reglament_local.postgres import Postgres, postgres_part
from reglament_local.secrets_file import secrets_in

ANNOUNCED = ("servers.json", "ready.json")
SERVERS = ("postgres", "kafka", "greenmail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Folders, ports and secrets; everything else follows from them."""

    places: Places
    ports: Mapping[str, int]
    secrets: Mapping[str, str]
    is_durable: bool = True

    @property
    def postgres(self) -> Postgres:
        """The database server."""
        port = self.ports["REGLAMENT_POSTGRES_PORT"]
        return Postgres(
            run=self.places.run, port=port, secrets=self.secrets, is_durable=self.is_durable
        )

    @property
    def kafka(self) -> Kafka:
        """The broker."""
        return Kafka(
            run=self.places.run,
            jars=self.places.tools / KAFKA.name / "libs",
            port=self.ports["REGLAMENT_KAFKA_PORT"],
            controller_port=self.ports["REGLAMENT_KAFKA_CONTROLLER_PORT"],
            cluster=self.secrets["kafka_cluster"],
        )

    @property
    def greenmail(self) -> GreenMail:
        """The mail server."""
        return GreenMail(
            jars=self.places.tools / GREENMAIL.name / "libs",
            smtp_port=self.ports["REGLAMENT_SMTP_PORT"],
            imap_port=self.ports["REGLAMENT_IMAP_PORT"],
            api_port=self.ports["REGLAMENT_MAIL_API_PORT"],
        )

    def part(self, server: str) -> Part:
        """One of SERVERS as the supervisor runs it."""
        match server:
            case "postgres":
                return postgres_part(self.postgres)
            case "kafka":
                return kafka_part(self.kafka)
            case "greenmail":
                return greenmail_part(self.greenmail)
        raise StackError(f"there is no server {server}", f"one of {', '.join(SERVERS)}")


def stack_from(environ: Mapping[str, str]) -> Stack:
    """Reads the environment; makes the run folder and its secrets."""
    places = places_from(environ)
    places.run.mkdir(parents=True, exist_ok=True)
    return Stack(
        places=places,
        ports=ports_from(environ),
        secrets=secrets_in(places.run),
        is_durable=environ.get("REGLAMENT_DURABLE", "1") != "0",
    )


PORTS_OF = {
    "postgres": ("REGLAMENT_POSTGRES_PORT",),
    "kafka": ("REGLAMENT_KAFKA_PORT", "REGLAMENT_KAFKA_CONTROLLER_PORT"),
    "greenmail": ("REGLAMENT_SMTP_PORT", "REGLAMENT_IMAP_PORT", "REGLAMENT_MAIL_API_PORT"),
}


async def fetch_jars(stack: Stack, steps: Steps, sets: tuple[JarSet, ...]) -> None:
    """A numbered step a set; nothing is fetched that is already here and sound."""
    for jar_set in sets:
        title = f"{jar_set.title} jars, {jar_set.megabytes} MB"
        with steps.step(title) as step:
            _, is_fetched = await jars_of(jar_set, stack.places.tools)
            step.note("sha256 checked" if is_fetched else "cached, sha256 checked")


@contextmanager
def the_only_one(run: Path) -> Iterator[None]:
    """Raises StackError when another stack runs from the same folder.

    What a killed one announced (ready.json, servers.json) is no longer true, and goes.
    """
    with (run / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise StackError(
                f"a stack already runs from {run} (pid {lock.read().strip() or 'unknown'})",
                "stop it with Ctrl-C or kill, or set REGLAMENT_RUN to another folder",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        for name in ANNOUNCED:
            (run / name).unlink(missing_ok=True)
        yield


def forget(run: Path) -> None:
    """Removes a stack's folder. Raises StackError while it runs."""
    with the_only_one(run):
        shutil.rmtree(run)

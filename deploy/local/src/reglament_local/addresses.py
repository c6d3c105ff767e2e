"""Where the servers are: this stack's own, or (EXTERNAL=1) those that the environment names."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from reglament_local.errors import StackError
from reglament_local.secrets_file import DATABASES
from reglament_local.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """`databases` by service; `postgres` a DSN; `kafka`, `smtp`, `imap` host:port."""

    databases: Mapping[str, str]
    postgres: str
    kafka: str
    smtp: str
    imap: str
    mail_api: str = ""
    is_own: bool = False

    @property
    def home(self) -> str:
        """What tells intake's database from another: our own stays so when its port is moved."""
        return "own" if self.is_own else place_of(self.databases["intake"])


def own_addresses(stack: Stack) -> Addresses:
    """Of the three servers that this stack starts."""
    return Addresses(
        databases={name: stack.postgres.dsn(name) for name in DATABASES},
        postgres=stack.postgres.dsn("postgres"),
        kafka=stack.kafka.address,
        smtp=f"127.0.0.1:{stack.greenmail.smtp_port}",
        imap=f"127.0.0.1:{stack.greenmail.imap_port}",
        mail_api=stack.greenmail.api,
        is_own=True,
    )


def external_addresses(environ: Mapping[str, str]) -> Addresses:
    """Of servers that run elsewhere. Raises StackError naming all that is missing."""
    databases = {name: f"{name.upper()}_DATABASE" for name in DATABASES}
    wanted = (*databases.values(), "REGLAMENT_KAFKA", "REGLAMENT_SMTP", "REGLAMENT_IMAP")
    missing = [name for name in wanted if not environ.get(name)]
    if missing:
        raise StackError(
            f"EXTERNAL=1 needs {', '.join(missing)} in the environment",
            "…_DATABASE is a DSN (postgresql://user:password@host/database),"
            " the others are host:port",
        )
    return Addresses(
        databases={name: environ[variable] for name, variable in databases.items()},
        postgres=environ.get("REGLAMENT_POSTGRES") or environ["INTAKE_DATABASE"],
        kafka=environ["REGLAMENT_KAFKA"],
        smtp=environ["REGLAMENT_SMTP"],
        imap=environ["REGLAMENT_IMAP"],
    )


def place_of(dsn: str) -> str:
    """A DSN without its credentials: it tells one database from another."""
    parts = urlsplit(dsn)
    return f"{parts.hostname}:{parts.port}{parts.path}"

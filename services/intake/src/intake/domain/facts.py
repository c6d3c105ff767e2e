"""What the shell found out before a command is decided: values only, no look-ups from here on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reglament.events.tickets import Channel, OwnTarget

EnteredBy = Literal["requester", "engineer", "integrator", "system"]
TEXT_LIMIT = 200_000  # characters of one text, by whatever channel: Kafka bears 8 MB a record


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment by its content: `format` is detected, `packed` are the formats inside it."""

    id: str
    format: str
    size: int
    packed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came in, whatever the channel. Texts are judged here, never kept."""

    subject: str = ""
    description: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    priority: str | None = None
    category: str | None = None
    cause: str | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    callback: bool = False
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What the desk's register of customers says on the day of arrival.

    contract: the one in force; had_contract: there was one, but it is over or yet to come.
    is_named: the request says something that the policy finds a customer by.
    on_register: the sender's address is one of the customer's; authenticated: what the mail
    server says of the sender, None where nobody says.
    """

    customer: str | None = None
    is_named: bool = False
    contract: str | None = None
    had_contract: bool = False
    level: str | None = None
    targets: tuple[OwnTarget, ...] = ()
    on_register: bool = False
    authenticated: bool | None = None

    @property
    def is_own_address(self) -> bool:
        """WIS-12: on the register, and not known to be forged."""
        return self.on_register and self.authenticated is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How the request came: by which channel, entered by whom."""

    channel: Channel
    entered_by: EnteredBy

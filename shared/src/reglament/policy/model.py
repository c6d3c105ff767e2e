"""The policy file's types (contract, Policy): data only, unknown keys are errors.

Every key that a desk may write stands here once; `docs/contract/policy.schema.json` is made of it.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reglament.policy.letters import Letters
from reglament.policy.parts import Calendar, ChannelRule, Template
from reglament.policy.request import Category, Causes, Duplicates, RequestRules
from reglament.policy.values import (
    ChannelName,
    DurationText,
    ElapsedText,
    MetricName,
    Part,
    PauseName,
    TargetText,
)

RATE = r"^\d{1,6}/(\d{1,3}m|h|d)$"  # 20/h, 1/10m
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class Mailbox(Part):
    """The desk's mailbox; `secret` names the environment variable with its password.

    limit_per_sender: letters above it from one address are quarantined.
    """

    address: str
    secret: str
    limit_per_sender: Annotated[str, Field(pattern=RATE)] = "100/h"


class Entitlement(Part):
    """Who may ask (WIS-01, MIC-02, RUS-01). `by`: what the customer is found by.

    unidentified `ask`: a request that says nothing to find its customer by is registered, and
    its requester is asked (MIC-09); where it is not said, it is one of an unknown customer.
    """

    needs: Literal["nothing", "customer", "contract"] = "nothing"
    by: tuple[Literal["email", "inn", "customer"], ...] = ("customer", "inn", "email")
    otherwise: Literal["refuse", "return"] = "refuse"
    unidentified: Literal["ask"] | None = None


class ServiceLevel(Part):
    """A level; `own_address`: only for a letter from an address on the register (WIS-12).

    Who has no contract, or one with no level or with one that the desk has no more, gets the
    first level that is for all. A contract with a level that the desk has not is refused.
    """

    when: Literal["own_address"] | None = None


class Acceptance(Part):
    """When a registered request counts as accepted (EIL-05, WIS-21)."""

    when: Literal["registered", "confirmed"] = "registered"
    after: ElapsedText = "0s"
    alert_after: ElapsedText = "15m"


class Priorities(Part):
    """The desk's priorities, the most pressing first."""

    default: str = "normal"
    levels: tuple[str, ...] = ("critical", "urgent", "normal", "low")
    titles: dict[str, tuple[str, ...]] = {}  # what people call them, in their languages

    @model_validator(mode="after")
    def _default_is_one(self) -> "Priorities":
        if self.default not in self.levels:
            raise ValueError(f"default {self.default!r} is none of levels")
        return self


class Target(Part):
    """A promise. The most specific of those that match wins; two equal ones are an error."""

    metric: MetricName
    within: TargetText
    calendar: str
    priority: Template = ()
    category: Template = ()
    service_level: Template = ()
    channel: Template = ()
    expect: TargetText | None = None
    usual: tuple[TargetText, TargetText] | None = None  # from and to, for reports (RUS-04)
    by: Literal["end_of_day"] | None = None
    pauses: tuple[PauseName, ...] | None = None
    at_risk: tuple[Annotated[int, Field(gt=0, lt=100)], ...] = (50, 75, 90)
    offsets: tuple[DurationText, ...] = ()

    @property
    def paused_by(self) -> tuple[PauseName, ...]:
        """In which states the clock stands still; default by semantics 10."""
        if self.pauses is not None:
            return self.pauses
        return ("waiting", "deferred") if self.metric in {"handling", "resolution"} else ()


class Sla(Part):
    """The desk's targets."""

    starts: Literal["opened", "accepted"] = "opened"
    on_reopen: Literal["continue", "restart", "ignore"] = "continue"
    targets: tuple[Target, ...] = ()


class Level(Part):
    """A level of engineers, and what one of them must bring (REM-05)."""

    name: str
    languages: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()
    served: ElapsedText | None = None


class Condition(Part):
    """All that are named must match."""

    category: Template = ()
    priority: Template = ()
    channel: Template = ()
    service_level: Template = ()


class Route(Part):
    """A ticket that matches goes to the department (REM-07); the first match wins."""

    when: Condition = Condition()
    department: str


class OutOfTurn(Part):
    """What is handed out before its turn (RUS-10)."""

    priority: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


class Queue(Part):
    """Which tickets queue, and in which order they are handed out."""

    from_: Literal["accepted", "registered"] = Field("accepted", alias="from")
    order: Literal["fifo", "priority"] = "fifo"
    out_of_turn: OutOfTurn = OutOfTurn()


class EscalationStep(Part):
    """When a clock is at risk or breached, to which level it goes."""

    on: Literal["at_risk", "breached"]
    metric: MetricName
    step: int | str | None = None
    to: str = "next_level"


class Reasons(Part):
    """The desk's reasons; any other is refused (EIL-15, WIS-20, MIC-14)."""

    deferral: tuple[str, ...] = ()
    schedule: tuple[str, ...] = ()
    refusal: tuple[str, ...] | None = None
    excuse: tuple[str, ...] = ()

    @property
    def of_refusal(self) -> tuple[str, ...]:
        """Refusal's own, or those of deferral."""
        return self.deferral if self.refusal is None else self.refusal


class StandardAnswer(Part):
    """An entry of the library of standard answers (WIS-19), told apart by its title.

    keywords, category: to which tickets it is offered; a keyword is the beginning of a word.
    """

    title: Annotated[str, Field(min_length=1, max_length=200)]
    text: str | None = None
    links: tuple[Annotated[str, Field(pattern=r"^https?://\S+$", max_length=2000)], ...] = ()
    keywords: tuple[str, ...] = ()
    category: Template = ()


class Notifications(Part):
    """Bounds and extras of the desk's letters.

    limit_per_desk, limit_unproven: of automatic answers to letters, by the desk in all, and to
    one address that our mail server does not vouch for.
    """

    limit_per_address: Annotated[str, Field(pattern=r"^\d+/[hd]$")] = "20/h"
    limit_per_desk: Annotated[str, Field(pattern=RATE)] = "1000/h"
    limit_unproven: tuple[Annotated[str, Field(pattern=RATE)], ...] = ("1/10m", "5/d")
    hints: tuple[Literal["portal", "web_form"], ...] = ()
    on: tuple[str, ...] = ()  # further letters: assigned, status, priority_changed, access_erased


class Policy(Part):
    """A desk's rules, whole."""

    desk: Name
    name: str
    locale: Literal["ru", "en", "fr"] = "en"
    time_zone: str
    number: Annotated[str, Field(pattern=r"^[^{}\s]*\{sequence(:0\d{1,2}d)?\}[^{}\s]*$")]
    mailbox: Mailbox | None = None
    calendars: dict[str, Calendar]
    channels: dict[ChannelName, ChannelRule]
    contacts: dict[str, str] = {}  # how the desk is reached, for refusals: web, email, phone
    entitlement: Entitlement = Entitlement()
    service_levels: dict[str, ServiceLevel] = {}
    categories: dict[str, Category] = {}
    scope: Literal["categories", "open"] = "categories"
    causes: Causes = {}
    request: RequestRules = RequestRules()
    duplicates: Duplicates | None = None
    closed_letter: Literal["reopen", "linked"] = "reopen"
    acceptance: Acceptance = Acceptance()
    # For what a call that the client asked for has to be made first (EIL-05, EIL-16).
    callbacks: tuple[Literal["acceptance", "closing"], ...] = ("acceptance", "closing")
    priorities: Priorities = Priorities()
    sla: Sla = Sla()
    levels: tuple[Level, ...] = (Level(name="L1"),)
    routing: tuple[Route, ...] = ()
    departments: tuple[str, ...] = ()  # beside those of routing: where tickets may be handed to
    queue: Queue = Queue.model_validate({})
    escalation: tuple[EscalationStep, ...] = ()
    reasons: Reasons = Reasons()
    answers: tuple[StandardAnswer, ...] = ()
    notifications: Notifications = Notifications()
    letters: Letters = Letters()

    @property
    def known_departments(self) -> tuple[str, ...]:
        """Those that the desk names, and those that its routes lead to."""
        routed = (route.department for route in self.routing)
        return tuple(dict.fromkeys((*self.departments, *routed)))

"""Requests that no service should take, and the problem that answers each."""

from dataclasses import dataclass
from typing import Any

import pytest

NOBODY = "01890000-0000-7000-8000-000000000000"
TICKET = {
    "channel": "web",
    "subject": "Принтер",
    "description": "Не печатает.",
    "requester": {"name": "Ann", "email": "ann@clients.example"},
}
ENGINEER = {"name": "Ann", "email": "ann@clients.example", "locale": "ru", "active": True}
DEEP = "[" * 5000 + "]" * 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A request, and the status and the type of problem that answer it.

    body: JSON, or the very bytes. path: `{ticket}` stands for one that exists.
    """

    method: str
    path: str
    body: Any = None
    role: str = "agent"
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 422
    problem: str = "validation-failed"


def get(path: str, **more: Any) -> Wrong:
    return Wrong(method="GET", path=path, **more)


def post(path: str, body: Any = None, **more: Any) -> Wrong:
    return Wrong(method="POST", path=path, body=body, **more)


def put(path: str, body: Any = None, **more: Any) -> Wrong:
    return Wrong(method="PUT", path=path, body=body, **more)


def but(**changes: Any) -> dict[str, Any]:
    return {**TICKET, **changes}


OPEN = "/desks/remsys/tickets"
ABSENT = {"status": 404, "problem": "not-found"}
UNREAD = {"status": 400, "problem": "malformed-request"}
FORBIDDEN = {"status": 403, "problem": "forbidden"}
ELSEWHERE = ABSENT  # of another desk nothing is shown, not even that it is there
INTAKE = {
    "no body": post(OPEN, b""),
    "no JSON": post(OPEN, b"{", **UNREAD),
    "not UTF-8": post(OPEN, b'{"channel": "\xff"}', **UNREAD),
    "a list": post(OPEN, []),
    "nested 5000 deep": post(OPEN, DEEP.encode(), **UNREAD),
    "a number of 400 digits": post(OPEN, b'{"channel": ' + b"9" * 400 + b"}"),
    "not a number": post(OPEN, b'{"channel": NaN}'),
    "null everywhere": post(OPEN, dict.fromkeys(TICKET)),
    "an unknown key": post(OPEN, but(colour="red")),
    "an unknown channel": post(OPEN, but(channel="pigeon")),
    "a NUL in the subject": post(OPEN, but(subject="a\0b")),
    "half a surrogate pair": post(OPEN, b'{"channel": "web", "subject": "\\ud800"}'),
    "attachment not base64": post(OPEN, but(attachments=[{"name": "a.png", "content": "%%%"}])),
    "received in the future": post(OPEN, but(received_at="9999-12-31T23:59:59Z")),
    "received at no time": post(OPEN, but(received_at="yesterday")),
    "a time without a zone": post(OPEN, but(received_at="2026-01-01T00:00:00")),
    "another desk": post("/desks/eiler/tickets", TICKET, **ELSEWHERE),
    "no such desk": post("/desks/nowhere/tickets", TICKET, role="admin", **ABSENT),
    "a desk's name of another world": post(
        "/desks/..%2f..%00/tickets", TICKET, role="admin", **UNREAD
    ),
    "plain text": post(
        OPEN,
        b"hello",
        headers=(("Content-Type", "text/plain"),),
        status=415,
        problem="unsupported-media-type",
    ),
    "2 MB": post(
        "/tickets/{ticket}/priority",
        b'"' + b"x" * 2_000_000 + b'"',
        status=413,
        problem="payload-too-large",
    ),
    "no key": get("/tickets", role="nobody", status=401, problem="unauthorized"),
    "a wrong key": get("/tickets", role="wrong", status=401, problem="unauthorized"),
    "no such ticket": get(f"/tickets/{NOBODY}", **ABSENT),
    "a ticket's id that is none": get("/tickets/1;DROP", **ABSENT),
    "as of no time": get("/tickets/{ticket}?as_of=now"),
    "a cursor of one's own": get("/tickets?cursor=AAAA", **UNREAD),
    "a limit of nothing": get("/tickets?limit=0"),
    "a limit of everything": get("/tickets?limit=99999999999999999999"),
    "an unknown status": get("/tickets?status=lost"),
    "updated since never": get("/tickets?updated_since=never"),
    "letters of another desk": get("/letters?desk=eiler", **ELSEWHERE),
    "no such attachment": get(f"/tickets/{{ticket}}/attachments/{NOBODY}", **ABSENT),
    "no such action": post("/tickets/{ticket}/magic", {}, **ABSENT),
    "the wrong method": Wrong(
        method="DELETE", path="/tickets/{ticket}", status=405, problem="method-not-allowed"
    ),
    "an empty message": post("/tickets/{ticket}/messages", {"body": "", "visibility": "public"}),
    "a message for whom": post("/tickets/{ticket}/messages", {"body": "a", "visibility": "secret"}),
    "an unknown priority later": post(
        "/tickets/{ticket}/priority",
        {"priority": "x", "reason": "y"},
        problem="rules-violated",
    ),
    "a changed ticket": post(
        "/tickets/{ticket}/closure",
        {},
        headers=(("If-Match", '"999.0"'),),
        status=412,
        problem="version-conflict",
    ),
    "a policy that is none": put(
        "/desks/remsys/policy", {"desk": "remsys"}, role="admin", problem="policy-invalid"
    ),
    "a policy for agents": put("/desks/remsys/policy", {"desk": "remsys"}, **FORBIDDEN),
    "a key of no role": post("/keys", {"role": "king", "desk": "remsys"}, role="admin"),
    "a customer from when": put(
        "/desks/remsys/customers/c",
        {"name": "C", "emails": [], "contracts": [{"number": "1"}]},
        role="admin",
    ),
}
SLA_CLOCK = {
    "no such ticket": get(f"/tickets/{NOBODY}/sla", **ABSENT),
    "a ticket's id that is none": get("/tickets/none/sla", **ABSENT),
    "as of no time": get("/tickets/{ticket}/sla?as_of=x"),
    "no key": get("/desks/remsys/sla", role="nobody", status=401, problem="unauthorized"),
    "another desk": get("/desks/eiler/sla", **ELSEWHERE),
    "an unknown state": get("/desks/remsys/sla?state=tired"),
    "an unknown metric": get("/desks/remsys/sla?metric=mood"),
    "a preview of nothing": post("/sla/previews", {}),
    "a preview without JSON": post("/sla/previews", b"{", **UNREAD),
    "a preview of no event": post(
        "/sla/previews",
        {"desk": "remsys", "ticket": {}, "events": [{"type": "Rain", "at": "2026-01-01T00:00Z"}]},
        problem="rules-violated",
    ),
    "a preview at no time": post(
        "/sla/previews",
        {"desk": "remsys", "ticket": {}, "events": [{"type": "TicketOpened", "at": "soon"}]},
    ),
    "a preview of a policy that is none": post(
        "/sla/previews", {"policy": {"desk": 1}, "ticket": {}, "events": []}
    ),
    "an excuse of nothing": post("/tickets/{ticket}/sla/first_response/excuse", {}),
    "an excuse of no metric": post(
        "/tickets/{ticket}/sla/mood/excuse", {"cycle": 1, "reason": "x"}, **ABSENT
    ),
    "a calculation of nothing": post("/calendars/calculations", {}),
    "a calculation over for ever": post(
        "/calendars/calculations",
        {"calendar": {"time_zone": "UTC", "hours": "24x7"}, "start": "9999-12-31T00:00:00Z",
         "add": "99999999 business days"},
    ),
}  # fmt: skip
ESCALATION = {
    "another desk": get("/desks/eiler/queue", **ELSEWHERE),
    "no key": get("/desks/remsys/queue", role="nobody", status=401, problem="unauthorized"),
    "a claim by nobody": post("/desks/remsys/queue/claims", {}),
    "a claim without JSON": post("/desks/remsys/queue/claims", b"[", **UNREAD),
    "a claim by a list": post("/desks/remsys/queue/claims", {"engineer": []}),
    "an escalation without a reason": post("/tickets/{ticket}/escalations", {}),
    "an escalation of no ticket": post(f"/tickets/{NOBODY}/escalations", {"reason": "x"}, **ABSENT),
    "an assignment to nobody": post("/tickets/{ticket}/assignment", {}),
    "an engineer of no desk": get("/desks/remsys/engineers/nobody", **ABSENT),
    "an engineer without a level": put("/desks/remsys/engineers/e", ENGINEER, role="admin"),
    "an engineer since never": put(
        "/desks/remsys/engineers/e", {**ENGINEER, "level": "L1", "since": "never"}, role="admin"
    ),
}
NOTIFIER = {
    "no such ticket": get(f"/tickets/{NOBODY}/notifications", **ABSENT),
    "no key": get("/subscriptions", role="nobody", status=401, problem="unauthorized"),
    "another desk": get("/subscriptions?desk=eiler", role="integrator", **ELSEWHERE),
    "a subscription to nothing": post("/subscriptions", {}, role="integrator"),
    "a subscription without JSON": post("/subscriptions", b"nil", role="integrator", **UNREAD),
    "a subscription to a file": post(
        "/subscriptions",
        {"url": "file:///etc/passwd", "desk": "remsys", "types": ["TicketOpened"]},
        role="integrator",
    ),
    "a subscription to the cloud's own address": post(
        "/subscriptions",
        {"url": "http://169.254.169.254/", "desk": "remsys", "types": ["TicketOpened"]},
        role="integrator",
        problem="url-not-allowed",
    ),
    "a subscription to no type": post(
        "/subscriptions",
        {"url": "http://127.0.0.1/", "desk": "remsys", "types": ["Rain"]},
        role="integrator",
    ),
    "no such subscription": get(f"/subscriptions/{NOBODY}", role="integrator", **ABSENT),
}
TABLE = [
    pytest.param(service, wrong, id=f"{service}: {name}")
    for service, table in (
        ("intake", INTAKE),
        ("sla_clock", SLA_CLOCK),
        ("escalation", ESCALATION),
        ("notifier", NOTIFIER),
    )
    for name, wrong in table.items()
]

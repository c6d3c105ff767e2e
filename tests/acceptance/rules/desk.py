"""One of the desks, published for the tests of its rules on the running system."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reglament.policy.loader import parse
from reglament_local.demo.publishing import SECRET, issued, published
from reglament_local.demo.system import Desk, Json, StoryFailed, System, expect
from tests.acceptance.rules.variation import varied
from tests.acceptance.writer import Writer

POLICIES = Path(__file__).parents[3] / "policies"
LONG = {"from": "2020-01-01", "until": "2099-12-31"}  # of a contract, in force


class PolicyNotTaken(Exception):
    """A test's policy could not be published: that shows no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskInUse(Desk):
    """A desk with its own name and number range, whose rules are one of the desks' files.

    valid: a request that the desk registers; its requester gets an address of the test's own.
    """

    policy: Json
    valid: Json = field(default_factory=dict)

    def request(self, **changes: object) -> Json:
        """The valid request but for the changes; mappings are merged, None takes a part out."""
        address = {"requester": {"email": self.system.address("client")}}
        return _merged(_merged(self.valid, address), changes)

    async def opened(self, *, role: str = "integrator", **changes: object) -> Json:
        """A ticket of such a request. Raises StoryFailed where the desk refuses it."""
        return await self.open(self.request(**changes), role=role)

    async def refused(self, *, role: str = "integrator", **changes: object) -> Json:
        """The problem that answers such a request. Raises StoryFailed where it is taken."""
        return await self.open(self.request(**changes), role=role, status=422)

    async def say(
        self, method: str, path: str, body: Json | None = None, *, key: str, status: int = 200
    ) -> Json:
        """A call with a key; the JSON that answers it with that status."""
        answer = await self.system.call(method, path, key=key, body=body, status=status)
        return dict(answer.json())

    async def not_done(self, ticket: str, action: str, body: Json | None = None) -> Json:
        """The problem that answers an agent's command which the desk's rules forbid."""
        key = self.system.key(self.name, "agent")
        return await self.say(
            "POST", f"/tickets/{ticket}/{action}", body or {}, key=key, status=422
        )

    async def key_of(self, role: str, subject: str) -> str:
        """A key of this desk for an engineer (agent), a system, or a requester's address."""
        return await issued(self.system, self.name, role, subject)

    def writer(self, who: str = "client") -> Writer:
        """Somebody who writes letters; `client` is the requester of `request`."""
        return Writer(desk=self, address=self.system.address(who))

    async def queued(self, *tickets: str) -> list[str]:
        """The queue's tickets in its order, once all of these stand in it."""

        async def look() -> list[str] | None:
            rows = (await self.get(f"/desks/{self.name}/queue?limit=100"))["items"]
            ids = [str(row["ticket"]) for row in rows]
            return ids if set(tickets) <= set(ids) else None

        return await self.system.until(look, f"{len(tickets)} tickets in the queue")

    async def event(self, ticket: str, kind: str) -> Json:
        """The history's last row of that type, once there is one."""
        rows = await self.happened(ticket, kind)
        return [row for row in rows if row["type"] == kind][-1]

    async def is_put_off_for(self, ticket: str, reasons: Sequence[str]) -> None:
        """The ticket, for each of these reasons and for no other."""
        for reason in reasons:
            await self.act(ticket, "deferral", {"reason": reason})
            said = (await self.event(ticket, "TicketDeferred"))["data"]["reason"]
            expect(said == reason, f"put off for {said}, not {reason}")
            await self.act(ticket, "resumption")
        await self.refuses_reason(ticket, "deferral", {"reason": "holidays"})

    async def is_refused_for(self, ticket: str, reason: str) -> None:
        """The ticket, for that reason and for none that is not the desk's."""
        await self.refuses_reason(ticket, "refusal", {"reason": "holidays"})
        await self.act(ticket, "refusal", {"reason": reason})
        said = (await self.event(ticket, "TicketRefused"))["data"]["reason"]
        expect(said == reason, f"refused for {said}, not {reason}")

    async def refuses_reason(self, ticket: str, action: str, body: Json) -> None:
        """Of a reason that is not the desk's nothing is taken."""
        problem = await self.not_done(ticket, action, body)
        expect("reason-not-the-desks" in broken(problem), f"{action}: {problem}")


def broken(document: Mapping[str, Any]) -> set[str]:
    """The rules that a ticket or a problem says are broken."""
    return {str(each["rule"]) for each in document["violations"]}


def lacking(document: Mapping[str, Any]) -> set[str]:
    """The parts of the request about which it says so."""
    return {str(each["field"]) for each in document["violations"]}


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    """base with the changes in it, at whatever depth; None takes out."""
    result: Json = deepcopy(dict(base))
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(result.get(name), dict):
            result[name] = _merged(result[name], value)
        else:
            result[name] = value
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """Publishes desks' files under names of their own.

    variation: a key to take out first (`rules.variation`). shared: the desks that all tests of
    this session share, by file and keys; own: those of this test alone.
    """

    system: System
    variation: str | None
    shared: dict[tuple[str, ...], tuple[Desk, Json]]
    own: list[tuple[Desk, Json]] = field(default_factory=list)

    async def __call__(
        self, desk: str, valid: Json, *changes: str, alone: bool = False
    ) -> DeskInUse:
        """The desk in use. changes: keys taken out or set, as in a variation; alone: with a queue
        that no other test fills. Raises PolicyNotTaken.
        """
        keys = (*changes, *((self.variation,) if self.variation else ()))
        at = (desk, *keys)
        if alone or self.variation or at not in self.shared:
            made = await self._published(desk, keys)
            if alone or self.variation:
                self.own.append(made)
            else:
                self.shared[at] = made
        else:
            made = self.shared[at]
        name, policy = made[0].name, made[1]
        self.system.ready["keys"].setdefault(name, made[0].system.ready["keys"][name])
        return DeskInUse(system=self.system, name=name, policy=policy, valid=valid)

    async def _published(self, desk: str, keys: tuple[str, ...]) -> tuple[Desk, Json]:
        policy = parse((POLICIES / f"{desk}.yaml").read_bytes())
        try:
            for key in keys:
                policy = varied(policy, key)
            name = f"{desk}-{self.system.run}-{len(self.own) + len(self.shared)}"
            policy["desk"] = name
            if "mailbox" in policy:
                policy["mailbox"] |= {"address": f"support@{name}.example", "secret": SECRET}
            return await published(self.system, policy), policy
        except (StoryFailed, KeyError) as fault:
            raise PolicyNotTaken(f"{desk} with {keys}: {fault}") from fault

    async def retire(self, made: list[tuple[Desk, Json]]) -> None:
        """Nobody reads these desks' mailboxes any more: each costs the running system some time."""
        for desk, policy in made:
            rest = {key: value for key, value in policy.items() if key != "mailbox"}
            admin = self.system.key("", "admin")
            path = f"/desks/{desk.name}/policy"
            await self.system.call("PUT", path, key=admin, body=rest, status=200)

"""A desk published while the system runs, with keys for its people."""

from reglament_local.demo.system import Desk, Json, System
from reglament_local.desks import SUBJECTS, until_heard

SECRET = "LOCAL_MAILBOX"  # noqa: S105 - the name of a variable that the local stack sets


async def published(system: System, document: Json) -> Desk:
    """The desk, once all four services know it. Raises StoryFailed where it is refused."""
    name, admin = str(document["desk"]), system.key("", "admin")
    path = f"/desks/{name}/policy"
    await system.call("PUT", path, key=admin, body=document, status=201)
    keys = system.ready["keys"][name] = {}
    for role, subject in SUBJECTS.items():
        keys[role] = await issued(system, name, role, subject)
    await until_heard(system.ready, {name: keys})
    return Desk(system=system, name=name)


async def issued(system: System, desk: str, role: str, subject: str) -> str:
    """A key of the desk's, once all four services know it. subject: an engineer, a system, or a
    requester's address.
    """
    body = {"role": role, "desk": desk, "subject": subject}
    admin = system.key("", "admin")
    answer = await system.call("POST", "/keys", key=admin, body=body, status=201)
    key = str(answer.json()["key"])
    await until_heard(system.ready, {desk: {"integrator": key}}, not_yet=(401,))
    return key

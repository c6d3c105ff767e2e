"""Who may talk to whom: nobody, but by ways that lead somewhere, and that somebody needs."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from reglament_local.cluster.environment import environ_of
from reglament_local.cluster.rendering import (
    COMPONENT,
    LASTING,
    WORKLOADS,
    Json,
    containers_of,
    name_of,
    of_kind,
    pod_of,
    selects,
    service_of,
)

PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
POSTGRES_PORT = 5432
# What a setting leads to -> the components that call it; empty: all that last.
CALLED: Mapping[str, frozenset[str]] = {
    "KAFKA": frozenset(),
    "OTLP_ENDPOINT": frozenset(),
    "IMAP": frozenset(("mail",)),
    "SMTP": frozenset(("mail", "api")),
}


def faults(objects: Sequence[Json]) -> Iterator[str]:
    """Ways that are open to everybody, lead to no port, or that a pod needs and has not."""
    policies = list(of_kind(objects, "NetworkPolicy"))
    if not any(_is_all_denied(one["spec"]) for one in policies):
        yield "no NetworkPolicy denies what no other allows"
    for one in policies:
        yield from _open(one)
        yield from _unheard(one, objects)
    yield from _cut_off(policies, objects)
    yield from _login(objects)


def _is_all_denied(spec: Json) -> bool:
    is_for_all = spec["podSelector"] == {} and set(spec["policyTypes"]) == {"Ingress", "Egress"}
    return is_for_all and not spec.get("ingress") and not spec.get("egress")


def _open(policy: Json) -> Iterator[str]:
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for rule in policy["spec"].get(way) or ():
            if not rule.get("ports"):
                yield f"{name_of(policy)}: {way} by any port"
            if any(_is_anybody(peer) for peer in rule.get(peers) or [{}]):
                yield f"{name_of(policy)}: {way} {peers} anybody"


def _is_anybody(peer: Json) -> bool:
    """The whole internet is nobody of ours as long as what is inside is left out."""
    block = peer.get("ipBlock")
    if block is None:
        return not any(peer.values())
    is_whole = ip_network(block["cidr"]).prefixlen == 0
    return is_whole and not set(block.get("except", ())) >= PRIVATE


def _unheard(policy: Json, objects: Sequence[Json]) -> Iterator[str]:
    """Ways into pods of ours, by ports that those do not listen on."""
    for one in of_kind(objects, *LASTING):
        if not selects(policy["spec"]["podSelector"], pod_of(one)["metadata"]["labels"]):
            continue
        ports = [port for each in containers_of(one) for port in each.get("ports", [])]
        heard = {port[key] for port in ports for key in ("name", "containerPort")}
        for rule in policy["spec"].get("ingress") or ():
            for port in rule.get("ports") or ():
                if port.get("port") not in heard:
                    yield f"{name_of(policy)}: {name_of(one)} has no port {port.get('port')}"


def _cut_off(policies: Sequence[Json], objects: Sequence[Json]) -> Iterator[str]:
    """Addresses in the settings of a pod whose port no policy lets it call."""
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(objects, "ConfigMap")}
    for one in of_kind(objects, *WORKLOADS):
        labels = pod_of(one)["metadata"]["labels"]
        open_ports = {
            port["port"]
            for policy in policies
            if selects(policy["spec"]["podSelector"], labels)
            for rule in policy["spec"].get("egress") or ()
            for port in rule.get("ports") or ()
        }
        for name, port in _called(one, environ_of(containers_of(one)[0], maps)).items():
            if port not in open_ports:
                yield f"{name_of(one)}: no NetworkPolicy lets it call port {port} ({name})"


def _called(workload: Json, environ: Mapping[str, str]) -> dict[str, int]:
    prefix = f"{service_of(workload).replace('-', '_').upper()}_"
    found = {f"{prefix}DATABASE": POSTGRES_PORT}
    component = pod_of(workload)["metadata"]["labels"].get(COMPONENT)
    for setting, components in CALLED.items():
        name = f"{prefix}{setting}"
        is_caller = workload["kind"] in LASTING and component in (components or {component})
        if name in environ and is_caller:
            address = environ[name] if "://" in environ[name] else f"//{environ[name]}"
            found[name] = urlsplit(address).port or 0
    return found


def _login(objects: Sequence[Json]) -> Iterator[str]:
    """Kafka's address in the settings is a listener that demands TLS and SCRAM."""
    doors = {
        f"{kafka['metadata']['name']}-kafka-bootstrap:{door['port']}"
        for kafka in of_kind(objects, "Kafka")
        for door in kafka["spec"]["kafka"]["listeners"]
        if door["tls"] and door.get("authentication", {}).get("type") == "scram-sha-512"
    }
    for one in of_kind(objects, "ConfigMap"):
        for name, value in one["data"].items():
            if name.endswith("_KAFKA") and value not in doors:
                yield f"{name_of(one)}: {name}={value} is no listener with TLS and SCRAM"

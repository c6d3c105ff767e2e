"""Secrets, ConfigMaps, volumes: somebody makes what is referred to, or the README says who."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from reglament_local.cluster.rendering import K8S, Json, name_of, of_kind

# What operators make for an object of theirs: kind -> (suffix of the name, keys).
MADE: Mapping[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "KafkaUser": (("", frozenset(("password", "sasl.jaas.config"))),),
    "Kafka": (("-cluster-ca-cert", frozenset(("ca.crt", "ca.p12", "ca.password"))),),
    "Cluster": (("-ca", frozenset(("ca.crt",))),),
}
LOGIN = ("username", "password")
CERTIFICATE = ("tls.crt", "tls.key")
ONE_KEY = {"secretKeyRef", "accessKeyId", "secretAccessKey", "secretTargetRef"}
Keys = Mapping[str, frozenset[str]]


def faults(objects: Sequence[Json]) -> Iterator[str]:
    """What is referred to and nobody makes."""
    secrets, maps, claims = _secrets(objects), _maps(objects), _claims(objects)
    for one in objects:
        for kind, name, key in sorted(set(_referred(one, ""))):
            known = {"Secret": secrets, "ConfigMap": maps, "PersistentVolumeClaim": claims}[kind]
            if name not in known:
                yield f"{name_of(one)}: nobody makes the {kind} {name}"
            elif key and key not in known[name]:
                yield f"{name_of(one)}: the {kind} {name} has no key {key}"


@cache
def documented() -> Keys:
    """Secret -> keys, of the table in README.md under "Secrets"."""
    section = (K8S / "README.md").read_text("utf-8").split("## Secrets")[1].split("\n## ")[0]
    found: dict[str, frozenset[str]] = {}
    for line in section.splitlines():
        cells = line.split("|")
        if len(cells) > 3:
            names, keys = (re.findall(r"`([^`]+)`", cell) for cell in cells[1:3])
            found |= dict.fromkeys(names, frozenset(keys))
    return found


def _secrets(objects: Sequence[Json]) -> Keys:
    made = {
        f"{one['metadata']['name']}{suffix}": keys
        for kind, secrets in MADE.items()
        for one in of_kind(objects, kind)
        for suffix, keys in secrets
    }
    return {**documented(), **made}


def _maps(objects: Sequence[Json]) -> Keys:
    return {
        one["metadata"]["name"]: frozenset(one["data"]) for one in of_kind(objects, "ConfigMap")
    }


def _claims(objects: Sequence[Json]) -> Keys:
    claims = of_kind(objects, "PersistentVolumeClaim")
    return dict.fromkeys((one["metadata"]["name"] for one in claims), frozenset())


def _referred(node: Any, field: str) -> Iterator[tuple[str, str, str]]:
    """(kind, name, key) of everything under a field; no key: as a whole."""
    if isinstance(node, list):
        for each in node:
            yield from _referred(each, field)
    if not isinstance(node, dict):
        return
    yield from _direct(node, field)
    for name, each in node.items():
        yield from _referred(each, name)


def _direct(node: Json, field: str) -> Iterator[tuple[str, str, str]]:
    match node:
        case {"name": str(name), "key": str(key)} if field in ONE_KEY:
            yield "Secret", name, key
        case {"name": str(name), "key": str(key)} if field in {
            "configMapKeyRef",
            "configMapTargetRef",
        }:
            yield "ConfigMap", name, key
        case {"name": str(name)} if field in {"passwordSecret", "secret"}:
            yield from (("Secret", name, key) for key in LOGIN)
        case {"name": str(name)} if field == "configMapRef":
            yield "ConfigMap", name, ""
        case {"secretName": str(name)} if field == "tls":
            yield from (("Secret", name, key) for key in CERTIFICATE)
        case {"secretName": str(name)}:
            keys = [item["key"] for item in node.get("items", ())] or [""]
            yield from (("Secret", name, key) for key in keys)
        case {"claimName": str(name)}:
            yield "PersistentVolumeClaim", name, ""

"""What pods are told, against the settings that the services have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import certifi
import yaml
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from reglament.contract.settings_page import settings_of
from reglament_local.cluster.locks import SERVICES
from reglament_local.cluster.rendering import (
    K8S,
    WORKLOADS,
    Json,
    containers_of,
    name_of,
    of_kind,
    service_of,
)

Defaults = Mapping[str, Mapping[str, str]]


def defaults() -> Defaults:
    """service -> setting -> why no manifest names it."""
    found: Defaults = yaml.safe_load((K8S / "defaults.yaml").read_text("utf-8"))
    return found


def environ_of(container: Json, maps: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Name -> value, `x` for what comes from elsewhere; KeyError for a map that there is not."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]
    for entry in container.get("env", []):
        found[entry["name"]] = str(entry.get("value", "x"))
    return found


def faults(objects: Sequence[Json], reasoned: Defaults) -> Iterator[str]:
    """Keys that nothing reads, settings that nothing sets, values that are refused at start."""
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(objects, "ConfigMap")}
    for service in SERVICES:
        told: set[str] = set()
        ours = [one for one in of_kind(objects, *WORKLOADS) if service_of(one) == service]
        for workload in ours:
            for container in containers_of(workload):
                try:
                    environ = environ_of(container, maps)
                except KeyError as missing:
                    yield f"{name_of(workload)}: there is no ConfigMap {missing}"
                    continue
                told |= environ.keys()
                yield from _refused(service, environ, name_of(workload))
        yield from _untold(service, told, reasoned.get(service, {}))


def _prefix(service: str) -> str:
    return str(settings_of(service).model_config["env_prefix"])


def _refused(service: str, environ: Mapping[str, str], where: str) -> Iterator[str]:
    yield from (f"{where}: {fault}" for fault in _told(service, frozenset(environ.items())))


@cache
def _told(service: str, said: Iterable[tuple[str, str]]) -> list[str]:
    """Many pods are told the same, and a bundle of certificates takes long to read."""
    return list(_faults_of(service, dict(said)))


def _faults_of(service: str, environ: Mapping[str, str]) -> Iterator[str]:
    settings, prefix = settings_of(service), _prefix(service)
    known = {f"{prefix}{name.upper()}" for name in settings.model_fields}
    for name in sorted(environ.keys() - known):
        yield f"no setting of {service} reads {name}"
    # What a Secret will hold lies nowhere here: any bundle stands for it.
    here = {f"{prefix}KAFKA_CA": certifi.where()} if f"{prefix}KAFKA_CA" in environ else {}
    source = EnvSettingsSource(settings)
    source.env_vars = {name.lower(): value for name, value in {**environ, **here}.items()}
    try:
        # This process's own environment is nobody's: no prefix of ours begins like that.
        settings(**{"_env_prefix": "nowhere_", **source()})
    except ValidationError as refused:
        for error in refused.errors():
            field = ".".join(str(part) for part in error["loc"])
            yield f"{prefix}{field.upper()}: {error['msg']}"


def _untold(service: str, told: set[str], reasoned: Mapping[str, str]) -> Iterator[str]:
    prefix = _prefix(service)
    for name in settings_of(service).model_fields:
        key = f"{prefix}{name.upper()}"
        if key in told and name in reasoned:
            yield f"{service}: {key} is set, and defaults.yaml says that it is not"
        elif key not in told and name not in reasoned:
            yield f"{service}: {key} is set nowhere, and defaults.yaml does not say why"
    for name in sorted(reasoned.keys() - settings_of(service).model_fields.keys()):
        yield f"{service}: defaults.yaml tells of {name}, which is no setting"

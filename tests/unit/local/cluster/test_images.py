"""The Dockerfiles copy what there is, and install what the checks ran with."""

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from reglament_local.cluster.locks import SERVICES, pins, plain, wanted
from reglament_local.places import CHECKOUT

CONSTRAINTS = pins((CHECKOUT / "constraints.txt").read_text())


def dockerfile(service: str) -> str:
    return (CHECKOUT / "services" / service / "Dockerfile").read_text()


def needed(requirements: list[str]) -> set[str]:
    """Everything that these bring along here."""
    found: set[str] = set()
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        one = waiting.pop()
        if plain(one.name) in found:
            continue
        found.add(plain(one.name))
        for text in requires(one.name) or []:
            further = Requirement(text)
            extras = [*one.extras, ""]
            marker = further.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(further)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_it_copies_what_there_is_and_lets_it_into_the_context(service: str) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile(service), re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    ignored = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert sources
    for source in sources:
        assert (CHECKOUT / source).exists(), source
        assert f"!{Path(source).parts[0]}" in ignored


@pytest.mark.parametrize("service", SERVICES)
def test_it_starts_the_service_as_nobody_special(service: str) -> None:
    package = service.replace("-", "_")
    text = dockerfile(service)
    assert f'CMD ["python", "-m", "{package}"]' in text
    assert (CHECKOUT / "services" / service / "src" / package / "__main__.py").exists()
    assert text.rindex("USER 10001:10001") > text.rindex("FROM ")
    assert text.count("--require-hashes") == 2


@pytest.mark.parametrize("lock", sorted(wanted()))
def test_a_lock_has_a_hash_for_every_file_and_no_address(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    entries = re.split(r"\n(?=\S)", text.split("\n", 1)[1].strip())
    assert all("==" in one and "--hash=sha256:" in one for one in entries)
    assert "://" not in text


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_what_the_service_needs_in_the_versions_that_were_tested(
    service: str,
) -> None:
    path = f"services/{service}/requirements.lock"
    locked = pins((CHECKOUT / path).read_text())
    assert locked == {name: CONSTRAINTS[name] for name in locked}
    assert needed(wanted()[path]) <= locked.keys()

"""Every contestant of the benches that work through records plays, on real servers."""

import json
from importlib import import_module
from pathlib import Path

import pytest

from bench.contest import Asked, Bench

pytestmark = pytest.mark.integration
# The relay last: what it sends would be read by the others.
NAMES = ("consume", "rebuild", "relay")


@pytest.mark.parametrize("name", NAMES)
async def test_everybody_plays_a_round_and_comes_to_something(
    name: str,
    kafka_server: str,
    postgres_server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers = tmp_path / "servers.json"
    servers.write_text(json.dumps({"postgres": postgres_server, "kafka": kafka_server}))
    monkeypatch.setenv("REGLAMENT_SERVERS", str(servers))
    bench: Bench = import_module(f"bench.{name}").BENCH
    async with bench.prepare(Asked(seconds=0.4)) as (contest,):
        for who, play in contest.plays.items():
            found = await play()
            assert found.value > 0, who
            assert found.figures["own_us"] >= 0, who

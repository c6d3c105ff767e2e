"""What reads cost in CPU, in one process: a ticket, its history, lists, the empty route in turns.

`python -m bench.reading [--clients 16] [--tickets 4000]`. Without a socket, tickets of
`bench/filling.py`: for finding what costs, as `bench.opening`. `make bench` measures the whole.
"""

import argparse
import asyncio
import random
from collections import Counter
from dataclasses import replace

import uvloop

from bench.database import postgres
from bench.filling import fill, of_intake, ticket_of
from bench.open_ticket import DESK
from bench.opening import Asked, Player, headers_of, heard, players, told

# Different lists: nobody is told what another one asked for at the same time.
PATHS = {
    "ticket": "/v1/tickets/{ticket}",
    "history": "/v1/tickets/{ticket}/history",
    "list": "/v1/tickets?limit=25",
    "lists": "/v1/tickets?limit=25&requester=r&updated_since=2000-01-01T00:00:{second:02}Z",
    "empty": "/v1/tickets/{ticket}",
}


def asking(path: str, key: str, given: argparse.Namespace) -> list[Asked]:
    """GETs of tickets at random, the same ones in every round."""
    chosen = random.Random(8)  # noqa: S311 - the same questions every time
    headers = headers_of({"authorization": f"Bearer {key}"})
    return [
        Asked(headers=headers, method="GET", target=_filled(path, number))
        for number in (chosen.randint(1, given.tickets) for _ in range(given.requests))
    ]


def _filled(path: str, number: int) -> str:
    return path.format(ticket=ticket_of(number), second=number % 60)


async def measure(server: str, given: argparse.Namespace) -> None:
    """Rounds in turns, after one that warms up."""
    async with players(server) as (applications, key):
        ours, _, empty = applications
        await fill(
            f"{server.rpartition('/')[0]}/{ours.meter.database}", of_intake(DESK), 1, given.tickets
        )
        found: list[Player] = [
            replace(empty if name == "empty" else ours, name=name, rounds=[]) for name in PATHS
        ]
        requests = {name: asking(path, key, given) for name, path in PATHS.items()}
        trips: Counter[str] = Counter()
        await asyncio.gather(*(one.play(requests[one.name], given.clients) for one in found))
        sent = heard(ours.app)
        for _ in range(given.rounds):
            for player in found:
                before = sent.total()
                await player.play(requests[player.name], given.clients)
                trips[player.name] += sent.total() - before
    told(found)
    for name, count in trips.items():
        print(f"{name}: {count / given.rounds / given.requests:.2f} round trips a request")  # noqa: T201


def main() -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--requests", type=int, default=1000, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tickets", type=int, default=4000)
    given = parser.parse_args()
    with postgres() as server:
        uvloop.run(measure(server, given))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

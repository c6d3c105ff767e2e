"""What a process sends to its database."""

from collections import Counter
from typing import Any


async def heard(pool: Any, about: str = "") -> Counter[str]:
    """Counts statements of all connections of the pool, by their first word; about: a table."""
    sent = Counter[str]()

    def note(query: Any) -> None:
        if about in query.query:
            sent[query.query.split()[0].strip(";")] += 1

    connections = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in connections:
        connection.add_query_logger(note)
    for connection in connections:
        await pool.release(connection)
    return sent


async def planned_anew(pool: Any, statement: str, *arguments: Any) -> bool:
    """Whether PostgreSQL keeps no plan of a statement that one connection asks again and again.

    It tries five before it may keep one.
    """
    async with pool.acquire() as connection:
        for _ in range(10):
            await connection.fetch(statement, *arguments)
        count = await connection.fetchval(
            "SELECT custom_plans FROM pg_prepared_statements WHERE statement = $1", statement
        )
    return bool(count > 5)

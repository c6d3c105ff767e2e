"""Who reads under a name: of two processes the one that began later (reliability b1).

Kafka lets two static members of one id throw each other out without end, and tells neither as
long as its heartbeats carry no id (aiokafka 0.14). So each writes down that it has begun, and
one that finds another's mark ends.
"""

import time
from typing import Any

from reglament.ids import new_id
from reglament.messaging.consumer_settings import Reader
from reglament.messaging.faults import Outlived

LOOK_SECONDS = 2.0
TAKE = """
INSERT INTO reader_name (consumer, instance, mark) VALUES ($1, $2, $3)
ON CONFLICT (consumer, instance) DO UPDATE SET mark = excluded.mark, since = clock_timestamp()"""
OWNER = "SELECT mark FROM reader_name WHERE consumer = $1 AND instance = $2"


class Name:
    """The reader's name, from its first connection to its end."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._mark = reader, new_id()
        self._is_taken, self._look_at = False, 0.0

    async def hold(self, connection: Any) -> None:
        """Take it, once; later see now and then that it is still ours. Raises Outlived."""
        if time.monotonic() < self._look_at:
            return
        name = (self._reader.name, self._reader.instance)
        if not self._is_taken:
            await connection.execute(TAKE, *name, self._mark)
            self._is_taken = True
        elif await connection.fetchval(OWNER, *name) != self._mark:
            raise Outlived(f"another process reads as {self._reader.instance}")
        self._look_at = time.monotonic() + LOOK_SECONDS

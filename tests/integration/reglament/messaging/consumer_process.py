"""`python -m … GROUP INSTANCE KAFKA DSN`: a consumer in a process of its own, to be killed."""

import asyncio
import sys

from reglament.events.topics import TICKETS
from reglament.messaging.connecting import Kafka
from reglament.messaging.consumer import Consumer
from reglament.messaging.consumer_settings import Reader
from reglament.messaging.consumption import Consumption
from tests.integration.reglament.messaging.conftest import Writes


async def main() -> None:
    """Until killed."""
    name, instance, kafka, database = sys.argv[1:]
    reader = Reader(name=name, instance=instance, kafka=Kafka(bootstrap=kafka), database=database)
    consumption = Consumption(topics=(TICKETS,), projections=(Writes(),))
    await Consumer(reader, consumption).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main())

"""Does the harm: to a process, a server or a link of the house, and ends it."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import psutil

from reglament_local.chaos.house import House
from reglament_local.chaos.plan import NETWORK, Fault
from reglament_local.chaos.proxy import Mode
from reglament_local.chaos.resident import Resident

MODES = {
    "delay": (Mode.DELAY, 0.1),
    "blackhole": (Mode.DROP, 0.0),
    "deaf": (Mode.DEAF, 0.0),
    "half-open": (Mode.HALF_OPEN, 0.0),
    "reset": (Mode.RESET, 0.0),
    "throttle": (Mode.THROTTLE, 0.005),
}
LONGER = 2.5  # a blackhole outlasts some of the bounds of waiting
FAILPOINT_SECONDS = 8.0
STOP_SECONDS = 12.0
FROZEN_AT_MOST_SECONDS = 25.0
Through = Callable[[], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Harm:
    """Inflicts faults on a house. hung: processes that did not end when they were told to;

    recovered_at: when work went through in spite of the last freeze.
    """

    house: House
    hung: list[str]
    recovered_at: float = 0.0

    async def inflict(self, fault: Fault, through: Through) -> float:
        """Do it, and end it; the moment (monotonic) from which recovery counts.

        through: waits until work of now goes through; a freeze lasts until then, so that what
        is measured is the takeover.
        """
        match fault.kind:
            case "freeze":
                return await self._freeze(fault, through)
            case "broker":
                return await self._broker(fault)
            case "postgres":
                return await self._postgres(fault)
            case kind if kind in NETWORK:
                return await self._network(fault)
        return await self._process(fault)

    def _victims(self, fault: Fault) -> list[Resident]:
        """One of the service's processes; now and then both."""
        names = self.house.replicas[fault.target]
        chosen = names if fault.choice > BOTH_ABOVE else (names[int(fault.choice * 10) % 2],)
        return [self.house.residents[name] for name in chosen]

    async def _process(self, fault: Fault) -> float:
        victims = self._victims(fault)
        if fault.kind == "stop":
            return max([await self._stop(victim) for victim in victims[:1]])
        moments = []
        for victim in victims:
            launches = victim.launches
            if fault.kind == "failpoint":
                victim.release({"FAILPOINT": f"{fault.point}:kill:{fault.passing}"})
            victim.signal(signal.SIGKILL)
            moments.append(await victim.again(launches))
        if fault.kind == "failpoint":
            moments += [await self._at_failpoint(victim) for victim in victims]
        return max(moments)

    async def _at_failpoint(self, victim: Resident) -> float:
        """It dies by itself where it was told to, or lives because it never came there."""
        launches, ends = victim.launches, len(victim.ends)
        if await victim.ended(FAILPOINT_SECONDS, since=ends):
            return await victim.again(launches)
        return time.monotonic()

    async def _stop(self, victim: Resident) -> float:
        launches, ends = victim.launches, len(victim.ends)
        victim.signal(signal.SIGTERM)
        if not await victim.ended(STOP_SECONDS, since=ends):
            self.hung.append(f"{victim.name} did not end within {STOP_SECONDS:.0f} s of SIGTERM")
            victim.signal(signal.SIGKILL)
        return await victim.again(launches)

    async def _freeze(self, fault: Fault, through: Through) -> float:
        """SIGSTOP past the session time, its replica taking over; SIGCONT wakes a zombie."""
        victim = self._victims(fault)[0]
        began = time.monotonic()
        victim.signal(signal.SIGSTOP)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(through(), FROZEN_AT_MOST_SECONDS)
        finally:
            self.recovered_at = time.monotonic()
            victim.signal(signal.SIGCONT)
        return began

    async def _broker(self, fault: Fault) -> float:
        """kill -9; now and then a service is told to stop while there is no broker."""
        kafka = self.house.residents["kafka"]
        launches = kafka.launches
        kafka.hold()
        kafka.signal(signal.SIGKILL)
        try:
            await asyncio.sleep(fault.seconds)
            if fault.choice < STOP_WITHOUT_BROKER_BELOW:
                names = list(self.house.replicas.values())[int(fault.seconds * 100) % 4]
                await self._stop(self.house.residents[names[0]])
        finally:
            kafka.release()
        return await kafka.again(launches)

    async def _postgres(self, fault: Fault) -> float:
        """Immediate stop and start; now and then a killed backend instead."""
        postgres = self.house.residents["postgres"]
        if fault.choice < BACKEND_BELOW:
            await self._kill_backend(postgres, fault)
            return time.monotonic()
        launches = postgres.launches
        postgres.hold()
        postgres.signal(signal.SIGQUIT)
        try:
            await asyncio.sleep(fault.seconds / 2)
        finally:
            postgres.release()
        return await postgres.again(launches)

    async def _kill_backend(self, postgres: Resident, fault: Fault) -> None:
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, psutil.Error):
            connection = await asyncpg.connect(self.house.stack.postgres.dsn("postgres"), timeout=5)
            pids = await connection.fetch(BACKENDS)
            connection.terminate()
            row = pids[int(fault.seconds * 1000) % len(pids)]
            psutil.Process(row["pid"]).kill()

    async def _network(self, fault: Fault) -> float:
        link = self.house.links[fault.target]
        if fault.kind == "cut":
            for _ in range(3):
                link.cut()
                await asyncio.sleep(fault.seconds / 4)
            return time.monotonic()
        mode, seconds = MODES[fault.kind]
        link.turn(mode, seconds)
        try:
            is_hole = fault.kind in {"blackhole", "half-open", "deaf"}
            await asyncio.sleep(fault.seconds * (LONGER if is_hole else 1))
        finally:
            link.turn(Mode.PASS)
        return time.monotonic()


BOTH_ABOVE = 0.75
STOP_WITHOUT_BROKER_BELOW = 0.4
BACKEND_BELOW = 0.3
BACKENDS = """
SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
ORDER BY pid"""

"""The balancer's list: who may be sent requests now, each in its turn."""

from collections.abc import Iterator, Mapping

from reglament_local.front import Address

NOBODY: Address = ("127.0.0.1", 1)


class Rotation(Mapping[str, Address]):
    """By a service's port variable, as the front asks: the next of its replicas.

    With none left it is an address that nobody has, so that the client is told 502.
    """

    def __init__(self) -> None:
        self._ready: dict[str, list[Address]] = {}

    def put(self, variable: str, replica: Address) -> None:
        """It may be sent requests from now on."""
        ready = self._ready.setdefault(variable, [])
        if replica not in ready:
            ready.append(replica)

    def take(self, variable: str, replica: Address) -> None:
        """No new request goes to it; those under way are left alone."""
        ready = self._ready.get(variable, [])
        if replica in ready:
            ready.remove(replica)

    def replicas(self, variable: str) -> tuple[Address, ...]:
        """All that may be sent requests, the next one first."""
        return tuple(self._ready.get(variable, ()))

    def __getitem__(self, variable: str) -> Address:
        """The next one; it is the last one then."""
        ready = self._ready.get(variable)
        if not ready:
            return NOBODY
        chosen = ready.pop(0)
        ready.append(chosen)
        return chosen

    def __iter__(self) -> Iterator[str]:
        """The services that have ever had a replica."""
        return iter(self._ready)

    def __len__(self) -> int:
        """How many services."""
        return len(self._ready)

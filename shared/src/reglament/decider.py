"""A decider: pure rules of one kind of stream (after thinkbeforecoding's Decider pattern)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from reglament.events.registry import Event

C = TypeVar("C")
S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[C, S]):
    """`decide` says what follows from a command, `evolve` only copies facts into the state.

    decide: same input, same answer; nothing changed -> []; a refusal raises `Refused`.
    evolve: never refuses; gets every event of the stream, also those it does not care about.
    """

    decide: Callable[[C, S], Sequence[Event]]
    evolve: Callable[[S, Event], S]
    initial_state: S


def fold(decider: Decider[C, S], events: Iterable[Event], state: S | None = None) -> S:
    """The state after `events`, from `state` or from the beginning."""
    current = decider.initial_state if state is None else state
    for event in events:
        current = decider.evolve(current, event)
    return current

"""What the store counts of itself."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reglament import metrics
from reglament.errors import Conflict
from reglament.eventstore.batch import Entry


@contextmanager
def group_commit(entries: Sequence[Entry]) -> Iterator[None]:
    """Measure one transaction; one that fails is not counted."""
    began = time.perf_counter()
    yield
    metrics.STORE_COMMIT_DURATION.observe(time.perf_counter() - began)
    metrics.STORE_BATCH.observe(len(entries))
    appended(entries)


def appended(entries: Sequence[Entry]) -> None:
    """Count what was written, by type, and what was not for its version."""
    types = Counter(envelope.type for entry in entries for envelope in entry.envelopes)
    for name, count in types.items():
        metrics.STORE_EVENTS.labels(name).inc(count)
    conflicts = sum(isinstance(entry.outcome, Conflict) for entry in entries)
    if conflicts:
        metrics.STORE_CONFLICTS.inc(conflicts)

"""aiokafka's consumer settings, all said aloud: several defaults lose data (trap 3)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor

# Live, a poll brings a handful; when catching up, big transactions are what makes it fast.
MAX_RECORDS = 1000
KAFKA: Mapping[str, Any] = MappingProxyType(
    {
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_committed",
        # Partition n of all ticket topics has one owner (architecture 4).
        "partition_assignment_strategy": (RangePartitionAssignor,),
        "session_timeout_ms": 6000,
        "heartbeat_interval_ms": 500,
        "rebalance_timeout_ms": 10_000,
        "max_poll_records": MAX_RECORDS,
        "fetch_max_wait_ms": 100,
        "max_partition_fetch_bytes": 1_048_576,
        "request_timeout_ms": 15_000,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 60_000,
    }
)

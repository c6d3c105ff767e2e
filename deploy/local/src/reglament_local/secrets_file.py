"""Random secrets of one stack, kept in .run/secrets.json so that a second start has the same."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def _token() -> str:
    return secrets.token_urlsafe(32)


def _cluster_id() -> str:
    # 16 bytes, as Kafka's Uuid prints them; one that begins with "-" reads as an option.
    return "k" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")[1:]


DATABASES = ("intake", "sla_clock", "escalation", "notifier")
MAKERS: dict[str, Callable[[], str]] = {
    "secret": _token,
    "admin_key": _token,
    "mailbox": _token,
    "kafka_cluster": _cluster_id,
    "postgres": _token,
    **dict.fromkeys((f"database_{name}" for name in DATABASES), _token),
}


def secrets_in(run: Path) -> dict[str, str]:
    """All secrets, made where absent; the file is readable by its owner alone."""
    file = run / "secrets.json"
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = {name: make() for name, make in MAKERS.items() if name not in kept}
    if missing:
        kept |= missing
        write_private(file, json.dumps(kept, indent=1))
    return kept


def write_private(file: Path, text: str) -> None:
    """Replaces a file at once, with mode 0600."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(file.name + ".tmp")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    partial.replace(file)

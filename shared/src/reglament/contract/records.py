"""What stands on compacted topics and is no event: contacts and contents (architecture 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reglament.contract.samples import TEXTS, TICKET
from reglament.events import topics

ERASED = {
    "erased_at": {
        "type": "string",
        "format": "date-time",
        "description": "Erased: nothing else is left.",
    }
}
TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind:
    """A record's topic, its schema and an example."""

    topic: str
    schema: Mapping[str, Any]
    example: Mapping[str, Any]

    def message(self) -> dict[str, Any]:
        """As an AsyncAPI message."""
        name = str(self.schema["title"])
        return {
            "name": name,
            "title": name,
            "summary": self.schema["description"],
            "contentType": "application/json",
            "payload": {"$ref": f"#/components/schemas/{name}"},
            "examples": [{"name": name, "payload": dict(self.example)}],
        }


RECORDS: Mapping[str, RecordKind] = {
    "Contact": RecordKind(
        topic=topics.CONTACTS,
        schema={
            "title": "Contact",
            "description": "How a requester is reached. The id is a pseudonym.",
            "type": "object",
            "properties": {
                "requester": TEXT,
                "desk": TEXT,
                "email": TEXT,
                "name": TEXT,
                "phone": MAYBE,
                "locale": MAYBE,
                **ERASED,
            },
        },
        example={
            "requester": TEXTS["requester"],
            "desk": "desk-1",
            "email": "requester@customer.example",
            "name": "Requester",
            "phone": None,
            "locale": "ru",
        },
    ),
    "Content": RecordKind(
        topic=topics.CONTENTS,
        schema={
            "title": "Content",
            "description": "A text that events refer to by id, version and digest: "
            "HMAC-SHA256(salt, parts as JSON with sorted keys).",
            "type": "object",
            "properties": {
                "id": TEXT,
                "version": {"type": "integer"},
                "ticket": TEXT,
                "requester": MAYBE,
                "salt": {"type": "string", "pattern": "^[0-9a-f]+$"},
                "subject": TEXT,
                "description": TEXT,
                "text": TEXT,
                "fields": {"type": "object"},
                "attachments": {"type": "array", "items": {"type": "object"}},
                **ERASED,
            },
        },
        example={
            "id": TEXTS["id"],
            "version": 1,
            "ticket": TICKET,
            "requester": TEXTS["requester"],
            "salt": "00112233445566778899aabbccddeeff",
            "text": "It works again.",
            "attachments": [],
        },
    ),
}

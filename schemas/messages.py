"""The messages of the AsyncAPI document: what one record of each kind looks like."""

from typing import Any, Final, get_args

from schemas.dead_letter import PREFIX, DeadLetter
from schemas.minute import Dimension

BINDING: Final = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""

Json = dict[str, Any]

FREE_KEY: Final[Json] = {
    "type": ["string", "null"],
    "description": "Free: it decides the partition and nothing else.",
}
MINUTE_KEY: Final[Json] = {
    "type": "string",
    "pattern": rf"^[^|]+\|(?:{'|'.join(get_args(Dimension))})\|[^|]+\|[0-9]+$",
    "description": "scope|dimension|key|minute, the minute in epoch milliseconds.",
}
INCIDENT_KEY: Final[Json] = {
    "type": "string",
    "description": "The incident_id; again/topic/partition/offset for one that is sent again for one sink, which the "
    "header floodmark-for-sink names.",
}
ACTION_KEY: Final[Json] = {"type": "string", "description": "The incident_id."}
PLACE_KEY: Final[Json] = {
    "type": "string",
    "pattern": "^[^/]+/[0-9]+/[0-9]+$",
    "description": "topic/partition/offset of the record that was set aside.",
}
HASH_KEY: Final[Json] = {"description": "16 bytes: hash of who posts and of the key."}
RAW: Final[Json] = {"description": "Bytes, untouched; of a record that is too large, its beginning."}
INTERNAL: Final[Json] = {"description": "Not described: it changes with the processors."}
OCTETS: Final = "application/octet-stream"


def messages() -> Json:
    """Message name to message object, payloads as references into `#/components/schemas`."""
    return {
        "transaction": {
            **_message("A transaction, or a row of transactions counted before.", "Transaction", FREE_KEY),
            "examples": [
                _example("one", timestamp="2025-07-12T18:07:00Z", status="approved", auth_code="00"),
                _example("counted before", timestamp=1_752_343_620_000, status="denied", count=5),
            ],
        },
        "punctuation": {
            **_message("Nothing older comes any more in this partition.", "Punctuation", FREE_KEY),
            "examples": [_example("end of a replay", punctuation=1_752_343_680_000, source="replay")],
        },
        "minute": _message("One series in one minute, as the judge saw it.", "Minute", MINUTE_KEY),
        "alertEvent": _message(
            "A step in the life of an incident: CloudEvents 1.0, structured JSON mode.",
            "CloudEvent",
            INCIDENT_KEY,
            "application/cloudevents+json",
        ),
        "action": _message("What somebody did about an incident.", "Action", ACTION_KEY),
        "deadLetter": {
            **_message("A record as it came, and why it was set aside.", RAW, PLACE_KEY, OCTETS),
            "headers": {"$ref": "#/components/schemas/DeadLetterHeaders"},
        },
        "claim": _message("An idempotency key that is taken: internal.", INTERNAL, HASH_KEY, OCTETS),
        "apiKey": _message("An API key, hashed: internal.", INTERNAL, {"type": "string"}),
        "notification": _message("A conversation with a team: internal.", INTERNAL, {"type": "string"}),
        "silence": _message("A silence, or its end: internal.", INTERNAL, {"type": "string"}),
        "receipt": _message("What became of one message to people.", INTERNAL, {"type": "string"}),
        "fact": _message("A value of the processors' tables: internal.", INTERNAL, {"type": "string"}),
        "partial": _message("Counts of one source partition: internal.", INTERNAL, {"type": "string"}),
    }


def dead_letter_headers() -> Json:
    """The JSON Schema of the headers of a dead letter: text, as it is on the wire."""
    fields = DeadLetter.model_fields.items()
    number = {"type": "string", "pattern": "^[0-9]+$"}
    return {
        "title": "DeadLetterHeaders",
        "description": DeadLetter.__doc__,
        "type": "object",
        "properties": {
            PREFIX + name: dict(number) if f.annotation is int else {"type": "string"} for name, f in fields
        },
        "required": [PREFIX + name for name, f in fields if f.is_required()],
    }


def _message(summary: str, payload: str | Json, key: Json, content_type: str = "application/json") -> Json:
    return {
        "summary": summary,
        "contentType": content_type,
        "payload": {"$ref": f"#/components/schemas/{payload}"} if isinstance(payload, str) else payload,
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING}},
    }


def _example(name: str, **payload: object) -> Json:
    return {"name": name, "payload": payload}

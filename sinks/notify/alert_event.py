"""The event in a record of the alerts topic, as the notifier reads it: drills too."""

from typing import Final

import msgspec
from pydantic import ValidationError

from schemas.alert import CloudEvent
from schemas.codec import decode_event
from sinks.protocol import Entry, Record, UnreadableRecord

MAX_ID: Final = 128
"""Bytes in JSON of an incident's id: a notification and its receipts name many of them."""


def event_in(record: Record) -> Entry[CloudEvent] | None:
    """The event; None of a tombstone, which has no value.

    Raises:
        UnreadableRecord: It is no alert, or its incident's id is longer than MAX_ID.
    """
    if record.value is None:
        return None
    try:
        event = decode_event(record.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the value"
        raise UnreadableRecord(f"is no alert: {where}: {first['msg']}") from error
    if (size := len(msgspec.json.encode(event.data.incident_id)) - 2) > MAX_ID:
        raise UnreadableRecord(f"is no alert: incident_id has {size:,} bytes in JSON, {MAX_ID} at most")
    return Entry(record, event, int(event.time.timestamp() * 1000))

"""The alert in a record, for destinations that pass alerts on one by one."""

from pydantic import ValidationError

from schemas.alert import Alert
from schemas.codec import decode_alert
from sinks.protocol import Record, UnreadableRecord


def alert_in(record: Record) -> Alert | None:
    """The alert of a record; None of a drill, and of a tombstone of a compacted topic, which has no value.

    Raises:
        UnreadableRecord: It is no alert.
    """
    if record.value is None:
        return None
    try:
        return decode_alert(record.value)
    except ValidationError as error:
        raise UnreadableRecord(f"not an alert: {error.error_count()} fields are wrong") from error

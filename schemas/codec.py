"""From bytes to records and back: one encode and one decode for each topic that people may read."""

from typing import Final, TypeVar

import msgspec
from pydantic import BaseModel

from schemas.action import Action
from schemas.alert import Alert, CloudEvent, envelope
from schemas.minute import Minute, minute_key
from schemas.transaction import Transaction

Model = TypeVar("Model", bound=BaseModel)

NOT_DECODED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""All that msgspec raises for bytes of somebody else: its own errors do not cover a text that is no UTF-8, nor a field
nobody asks for that holds a thousand brackets."""

_Fields: Final = msgspec.defstruct("_Fields", [(name, msgspec.Raw, msgspec.Raw()) for name in Transaction.model_fields])
_fields: Final = msgspec.json.Decoder(_Fields).decode


def encode(record: BaseModel) -> bytes:
    """The record as JSON in UTF-8, fields in the order of the model, so equal records are equal bytes."""
    return record.model_dump_json().encode()


def decode(model: type[Model], raw: bytes) -> Model:
    """The record in `raw`, without guessing: "5" and true are no integers.

    Raises:
        pydantic.ValidationError: when it is not one; the message names the field.
    """
    return model.model_validate_json(raw, strict=True)


def decode_transaction(raw: bytes) -> Transaction:
    """The transaction in `raw`, as the workers read it: nothing that is in a field unknown to us makes it unreadable.

    A model by itself also refuses what it ignores: a name of a merchant that is no UTF-8, hundreds of brackets.

    Raises:
        pydantic.ValidationError: It is none.
        NOT_DECODED: It is no JSON object.
    """
    found = _fields(raw)
    values = ((name, getattr(found, name)) for name in Transaction.model_fields)
    known = b",".join(b'"%s":%s' % (name.encode(), value) for name, value in values if len(bytes(value)))
    return decode(Transaction, b"{%s}" % known)


def minute_record(minute: Minute) -> tuple[bytes, bytes]:
    """Key and value of a minute on the minutes topic."""
    return minute_key(minute.scope, minute.dimension, minute.key, minute.minute).encode(), encode(minute)


def alert_record(alert: Alert, drill: str = "") -> tuple[bytes, bytes]:
    """Key and value of an alert on the alerts topic: incident_id, CloudEvents envelope; `drill`: see there."""
    return alert.incident_id.encode(), encode(envelope(alert, drill))


def action_record(action: Action) -> tuple[bytes, bytes]:
    """Key and value of an action on the topic of commands: incident_id, JSON."""
    return action.incident_id.encode(), encode(action)


def decode_alert(raw: bytes) -> Alert | None:
    """The alert inside a CloudEvents envelope; None of a drill, which is nobody's incident.

    Whoever reads alerts reads them by this; only the notifier, which tells people of drills too, by `decode_event`.

    Raises:
        pydantic.ValidationError: it is no alert.
    """
    event = decode_event(raw)
    return None if event.drill else event.data


def decode_event(raw: bytes) -> CloudEvent:
    """The envelope of an alert or a drill; raises `pydantic.ValidationError` when it is neither."""
    return decode(CloudEvent, raw)

"""Cursors of pages: a place in an order, written so that nobody takes it for anything else."""

import base64
import binascii
from typing import Any, Final

import msgspec

from floodmark.gateway.problems import Problem
from schemas.codec import NOT_DECODED

MAX_CURSOR: Final = 400
_encode: Final = msgspec.json.Encoder().encode


def cursor_of(place: tuple[Any, ...]) -> str:
    """The place as a cursor."""
    return base64.urlsafe_b64encode(_encode(place)).decode().rstrip("=")


def place_in(cursor: str, kind: Any) -> Any:
    """The place that `cursor_of` was given.

    Args:
        cursor: By whomever.
        kind: The type of the place.

    Raises:
        Problem: It is none of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, *NOT_DECODED) as error:
        raise Problem(
            "bad-parameter", 422, "This is no cursor of ours: give `next_cursor` of the page before, or none."
        ) from error

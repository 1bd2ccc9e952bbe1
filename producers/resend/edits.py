"""Corrections of a dead letter before it is sent again: fields of a JSON object set to other values."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from producers.resend.dead_letters import Unsendable
from schemas.codec import decode
from schemas.transaction import Transaction

WORDS: Final = frozenset({"status", "auth_code", "scope", "id", "source"})
"""Fields whose values are text, also when they look like numbers."""


def correction(settings: Iterable[str]) -> Callable[[bytes], bytes]:
    """What makes the corrected value of a letter; without settings the bytes stay as they are.

    Args:
        settings: `field=value` each; a value that is JSON is taken as such (`count=5`), anything else, and any value of
            a field of words, as text.

    Raises:
        ValueError: a setting is none.
    """
    fields = dict(_setting(text) for text in settings)
    if not fields:
        return lambda value: value

    def corrected(value: bytes) -> bytes:
        try:
            found = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unsendable("is no JSON, so --set cannot correct it") from error
        if not isinstance(found, dict):
            raise Unsendable("is no JSON object, so --set cannot correct it")
        encoded = msgspec.json.encode({**found, **fields})
        try:
            decode(Transaction, encoded)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise Unsendable("would still be no transaction", f"{where}: {first['msg']}".removeprefix(": ")) from error
        return encoded

    return corrected


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"{text!r} sets nothing; write field=value, such as count=5 or status=denied")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError(f"{text!r} is no UTF-8; type it in a terminal that writes UTF-8")
    if name.strip() in WORDS:
        return name.strip(), value
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):
        return name.strip(), value

"""What a reading user may change about a query, and what it may not exceed whatever it says."""

import re
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from floodmark.local.store.allowed import OWNER_SETTINGS, READER_SETTINGS
from floodmark.queries.errors import StoreError
from floodmark.queries.limits import READER_LIMITS

BUILT_IN_MEMORY: Final = MappingProxyType({"max_result_bytes": 200_000_000, "max_memory_usage": 2_000_000_000})
"""The bounds, for every user, of results in formats that cannot be streamed: bytes before formatting, bytes in all."""

NAME: Final = re.compile(r"[A-Za-z_]\w*")


def reader_settings(asked: Mapping[str, str]) -> dict[str, str]:
    """The settings of a reader's query: what it asked for where it may, the limits everywhere.

    Raises:
        StoreError: 164 for a setting that a reader may not change, 452 for a limit that it may not exceed.
    """
    settings = {name: str(limit) for name, limit in READER_LIMITS.items()}
    for name, value in asked.items():
        if name == "readonly" and value in ("1", "2"):
            continue
        if name in READER_LIMITS:
            settings[name] = _within(name, value, READER_LIMITS[name])
        elif name in READER_SETTINGS:
            settings[name] = value
        else:
            raise StoreError(164, "READONLY", f"Cannot modify '{name}' setting in readonly mode.")
    return {**settings, "readonly": "1"}


def owner_settings(asked: Mapping[str, str], *, reads_only: bool) -> dict[str, str]:
    """The settings of the owner's query: as asked; `reads_only` (HTTP GET) refuses writes as ClickHouse does.

    Raises:
        StoreError: 115 for a setting that is not among those that the owner may change.
    """
    settings = dict(asked)
    if refused := sorted(settings.keys() - OWNER_SETTINGS):
        raise not_settable(refused[0])
    readonly = settings.pop("readonly", "0")
    if reads_only and readonly == "0":
        readonly = "2"
    return settings if readonly == "0" else {**settings, "readonly": readonly}


def capped(settings: Mapping[str, str], caps: Mapping[str, int]) -> dict[str, str]:
    """`settings` with each of `caps`, unless it is set to less already. What is no number is left to the engine."""
    changed = dict(settings)
    for name, cap in caps.items():
        with suppress(ValueError):
            if not 0 < float(settings.get(name, "0")) <= cap:
                changed[name] = str(cap)
    return changed


def not_settable(name: str) -> StoreError:
    """The error for a setting that nobody may change here, or that does not exist."""
    return StoreError(115, "UNKNOWN_SETTING", f"Unknown setting '{name}', or one that this store does not serve.")


def _within(name: str, value: str, limit: int) -> str:
    try:
        number = float(value)
    except ValueError:
        number = 0
    if 0 < number <= limit:
        return value
    raise StoreError(
        452, "SETTING_CONSTRAINT_VIOLATION", f"Setting {name} must be above 0 and at most {limit} for this user."
    )

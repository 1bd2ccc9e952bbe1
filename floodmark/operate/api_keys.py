"""API keys as commands: made, shown and revoked."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from rich.table import Table

from floodmark.gateway.security.api_keys import PREFIX, ApiKey, created
from floodmark.gateway.security.key_topic import read_keys, write_key
from floodmark.gateway.security.principals import ApiRight
from floodmark.local.up.running import away, settings_here
from runtime.exits import Exit, Misused, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.rights import require
from runtime.kafka.topics import ensure_topics
from runtime.output import print_json, to_stderr, to_stdout
from runtime.terminal import clean_console
from schemas.instants import from_ms, instant_of_ms
from schemas.rights import KEYS, of_command
from schemas.shown import shown
from schemas.topics import Topics

MAX_NAME: Final = 100
_DAY_MS: Final = 86_400_000


class KeyPlace:
    """Where the keys lie; the process ends with 3 when the broker does not answer."""

    def __init__(self, given: dict[str, Any]) -> None:
        settings = settings_here(given)
        self._cluster: Cluster = settings.cluster
        self._topics, self._within_s = Topics(settings.topic_prefix), settings.reached_within_s
        try:
            require(self._cluster, of_command(self._topics, KEYS), KEYS)
            specs = [spec for spec in self._topics.specs(1) if spec.name == self._topics.api_keys]
            ensure_topics(self._cluster, specs, replication=settings.replication, within_s=self._within_s)
        except BrokerError as error:
            fail(away(error, settings), Exit.UNREACHABLE)

    def read(self) -> list[ApiKey]:
        """All keys, the oldest first."""
        try:
            return read_keys(self._cluster, self._topics, self._within_s).all()
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)

    def write(self, key: ApiKey) -> None:
        """Store a key, or what has become of it."""
        try:
            write_key(self._cluster, self._topics.api_keys, key, self._within_s)
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)


def create(
    given: dict[str, Any], name: str, rights: Sequence[str], days: float | None, rate: int | None, *, as_json: bool
) -> None:
    """Make a key and print it.

    Raises:
        Misused: A right or the name cannot be used.
    """
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise Misused(f"a name has 1 to {MAX_NAME} characters", "NAME")
    wanted, now_ms = _rights(rights), int(time.time() * 1000)
    expires_ms = None if days is None else now_ms + int(days * _DAY_MS)
    key, stored = created(name.strip(), wanted, now_ms, expires_ms, rate)
    KeyPlace(given).write(stored)
    if as_json:
        print_json({"key": key, **_told(stored, now_ms)})
        return
    to_stdout(key)
    to_stderr(
        f"The key of {shown(stored.name)} may {', '.join(stored.rights)}, {_until(stored)}. It is not shown again: "
        f"keep it where secrets are kept. Send it as `Authorization: Bearer {stored.shown}`; take it back with "
        f"`floodmark keys revoke {stored.id}`."
    )


def show(given: dict[str, Any], *, as_json: bool) -> None:
    """Print the keys."""
    keys, now_ms = KeyPlace(given).read(), int(time.time() * 1000)
    if as_json:
        for key in keys:
            print_json(_told(key, now_ms))
    elif keys:
        clean_console(highlight=False).print(_table(keys, now_ms))
    else:
        to_stdout("There are no keys. Make one with `floodmark keys create NAME --right read`.")


def revoke(given: dict[str, Any], typed: str) -> None:
    """Let a key in no more.

    Raises:
        Misused: There is no such key.
    """
    key_id = typed.strip().removeprefix(PREFIX).partition("_")[0]
    place = KeyPlace(given)
    found = next((key for key in place.read() if key.id == key_id), None)
    if found is None:
        raise Misused("there is no such key; `floodmark keys list` shows those that there are", "KEY")
    if found.revoked_ms is None:
        place.write(msgspec.structs.replace(found, revoked_ms=int(time.time() * 1000)))
    to_stdout(f"The key {found.shown} of {shown(found.name)} is revoked.")


def _rights(named: Iterable[str]) -> list[ApiRight]:
    try:
        return [ApiRight(name.strip().lower()) for name in named]
    except ValueError:
        raise Misused(f"there are the rights {', '.join(ApiRight)}", "--right") from None


def _told(key: ApiKey, now_ms: int) -> dict[str, Any]:
    return {
        "id": key.id,
        "shown": key.shown,
        "name": key.name,
        "rights": list(key.rights),
        "created": _instant(key.created_ms),
        "expires": _instant(key.expires_ms),
        "revoked": _instant(key.revoked_ms),
        "rate": key.rate,
        "good": key.is_good(now_ms),
    }


def _table(keys: Iterable[ApiKey], now_ms: int) -> Table:
    table = Table("key", "name", "rights", "made", "until", "state")
    for key in keys:
        ended = "revoked" if key.revoked_ms is not None else "ended"
        state = "good" if key.is_good(now_ms) else ended
        until = "for ever" if key.expires_ms is None else instant_of_ms(key.expires_ms)
        table.add_row(key.shown, shown(key.name), ", ".join(key.rights), instant_of_ms(key.created_ms), until, state)
    return table


def _until(key: ApiKey) -> str:
    return f"until {instant_of_ms(key.expires_ms)}" if key.expires_ms is not None else "for ever"


def _instant(ms: int | None) -> str | None:
    return None if ms is None else f"{from_ms(ms):%Y-%m-%dT%H:%M:%SZ}"

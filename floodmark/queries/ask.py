"""Asking a ClickHouse server by its DSN, read-only and with limits."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from floodmark.queries.errors import StoreError
from floodmark.queries.limits import READER_LIMITS
from runtime.exits import Exit

DATABASE: Final = "floodmark"
ISO: Final = MappingProxyType({"date_time_output_format": "iso"})
"""Instants come as UTC with a Z, whatever the zone of the server or of the column."""
SIZE_AND_TAG: Final = re.compile(r"\n\d+ \w+\r\n__exception__")
"""What ends the account of an error inside a body."""

Ask = Callable[[str, str, Mapping[str, str]], Iterator[bytes]]
"""Runs (query, format or empty when the query names one, settings), yields the result; raises StoreError.

Among the settings, those that begin with `param_` are values of the query's parameters, as ClickHouse's HTTP has them.
"""
PARAMETER: Final = "param_"


class Unreachable(Exception):
    """There is nothing to ask. `code` says why: misused, unreachable, or to be tried again."""

    def __init__(self, text: str, code: Exit) -> None:
        super().__init__(text)
        self.code = code


def remote(dsn: str, database: str = "", *, on_this_machine: bool = False) -> Ask:
    """The server of the DSN; `database` is the one to ask where the DSN names none.

    Raises:
        Unreachable: Nobody answers there, or the DSN cannot be used.
    """
    from clickhouse_connect import common, get_client
    from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError
    from clickhouse_connect.driver.httputil import get_pool_manager

    from sinks.clickhouse.dsn import DsnError, parse

    try:
        place = parse(dsn)
        place = place if place.database else replace(place, database=database)
    except DsnError as error:
        raise Unreachable(str(error), Exit.MISUSED) from None
    # The store's reader may change more than `system.settings` shows; who may not, is told by the server.
    common.set_setting("invalid_setting_action", "send")
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    # A proxy that the environment names cannot reach our loopback; a pool of our own does not ask for one.
    pool = {"pool_mgr": get_pool_manager()} if on_this_machine else {}
    try:
        client = get_client(**place.arguments(autogenerate_session_id=False, query_retries=0, **pool))
    except OperationalError as error:
        raise Unreachable(_nobody(place.place, str(error)), Exit.UNREACHABLE) from None
    except DatabaseError as error:
        refused = StoreError.from_engine(_without_address(str(error)))
        raise Unreachable(f"the server refuses us: {refused.text} ({refused.name})", Exit.UNREACHABLE) from None
    except (ClickHouseError, OSError, ValueError) as error:
        raise Unreachable(f"this DSN cannot be used: {error}", Exit.MISUSED) from None
    open_to_limits = client.server_settings["readonly"].value == "0"
    limits = {**{name: str(limit) for name, limit in READER_LIMITS.items()}, "readonly": "1"}

    def ask(sql: str, output_format: str, settings: Mapping[str, str]) -> Iterator[bytes]:
        values = {
            name.removeprefix(PARAMETER): _Escaped(value)
            for name, value in settings.items()
            if name.startswith(PARAMETER)
        }
        asked = {name: value for name, value in settings.items() if not name.startswith(PARAMETER)}
        changes = {**asked, **(limits if open_to_limits else {})}
        # Beside the query: a FORMAT behind it would be taken for a part of one that ends too early.
        shape = {"default_format": output_format} if output_format else {}
        try:
            try:
                response = client.raw_stream(sql, parameters=values, settings={**changes, **shape})
            except DatabaseError as error:
                if error.code != 164 or not changes or "setting" not in str(error):
                    raise
                response = client.raw_stream(sql, parameters=values, settings=shape)
        except ClickHouseError as error:
            raise store_error(error, place.place) from None
        yield from _received(response)

    return ask


@dataclass(frozen=True, slots=True)
class _Escaped:
    """A value in ClickHouse's escaped text form; the client escapes strings once more, and tabs not at all."""

    text: str

    def __str__(self) -> str:
        return self.text


def _received(response: Any) -> Iterator[bytes]:
    """The body, chunk by chunk, or the error that ends it."""
    from urllib3.exceptions import HTTPError

    tag = response.headers.get("X-ClickHouse-Exception-Tag", "").encode()
    try:
        for chunk in response.stream(1 << 20):
            if tag and b"__exception__\r\n" + tag in chunk:
                body, _, after = chunk.partition(b"\r\n__exception__\r\n" + tag)
                message = SIZE_AND_TAG.split(after.decode("utf-8", "replace").strip())[0]
                yield body
                raise StoreError.from_engine(message)
            yield chunk
    except HTTPError as error:
        raise StoreError(210, "NETWORK_ERROR", f"the result broke off: {error}") from None
    finally:
        with suppress(HTTPError):
            response.close()


def store_error(error: Exception, place: str) -> StoreError:
    """What an error of the client means: nobody answers, or the server says no."""
    from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

    if isinstance(error, OperationalError):
        return StoreError(210, "NETWORK_ERROR", _nobody(place, str(error)))
    if isinstance(error, DatabaseError):
        return StoreError.from_engine(_without_address(str(error)))
    return StoreError(210, "NETWORK_ERROR", str(error))


def _nobody(place: str, reason: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return (
            f"the certificate of {place} is not one that we trust. "
            "Name its authority with ca_cert=FILE in the DSN, or leave the check out with verify=false."
        )
    if "SSL" in reason:
        return f"the server at {place} does not speak TLS. Write clickhouse:// without secure=true, or another port."
    return f"nobody answers at {place}. Is the address right, and the server up?"


def _without_address(text: str) -> str:
    return text.rpartition(" (for url ")[0] or text

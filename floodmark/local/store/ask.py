"""Asking a store, read-only and with limits: the running one, a stopped one, or any ClickHouse server."""

import io
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from floodmark.local.store.limits import READER_LIMITS
from floodmark.local.store.locate import DATABASE, endpoint
from floodmark.local.store.owner import Ownership, StoreOwned
from floodmark.local.store.paths import StorePaths
from floodmark.local.store.users import READER
from floodmark.queries.errors import StoreError

PATIENCE_S: Final = 15.0
"""How long to wait for a store that starts or stops."""
TURN_S: Final = 0.3
ISO: Final = MappingProxyType({"date_time_output_format": "iso"})
"""Instants come as UTC with a Z, whatever the zone of the server or of the column."""
SIZE_AND_TAG: Final = re.compile(r"\n\d+ \w+\r\n__exception__")
"""What ends the account of an error inside a body."""

Ask = Callable[[str, str, Mapping[str, str]], Iterator[bytes]]
"""Runs (query, format or empty when the query names one, settings), yields the result; raises StoreError."""


class Unreachable(Exception):
    """There is nothing to ask. `code` is the exit code that says why: 2, 3 or 75."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def asking(data_dir: Path, dsn: str | None) -> Iterator[Ask]:
    """Something to ask: the server of `dsn` when there is one, else the store of `data_dir`, running or not.

    Raises:
        Unreachable: nobody answers, or there is no store.
        CredentialsError: the store runs as another user.
    """
    if dsn:
        yield _remote(dsn)
        return
    paths = StorePaths.under(data_dir)
    if not paths.tables.is_dir():
        missing = "does not exist" if not data_dir.is_dir() else "has no store in it"
        raise Unreachable(f"{data_dir} {missing}. Start one with `floodmark up`, or name the right --data-dir.", 2)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        if (running := endpoint(data_dir)) is not None:
            yield _remote(running.reader_dsn, on_this_machine=True)
            return
        try:
            with Ownership(paths.lock, "floodmark sql", TURN_S):
                with _opened(paths) as ask:
                    yield ask
                return
        except StoreOwned as error:
            if time.monotonic() >= deadline:
                raise Unreachable(f"{error} and does not answer. Try again in a moment.", 75) from None
        except OSError as error:
            raise Unreachable(f"{paths.root} cannot be opened: {error.strerror}.", 3) from None


@contextmanager
def _opened(paths: StorePaths) -> Iterator[Ask]:
    """The stopped store, with the engine in this process, behind the same guard and limits as the running one."""
    from floodmark.local.store.engine import Engine
    from floodmark.local.store.execution import Execution
    from floodmark.local.store.guard import Guard
    from floodmark.local.store.request import Request

    engine = Engine.open(paths.tables)
    guard = Guard(engine)

    def ask(sql: str, output_format: str, settings: Mapping[str, str]) -> Iterator[bytes]:
        request = Request(
            user=READER,
            text=b"",
            body=io.BytesIO(sql.encode("utf-8", "surrogateescape")),
            content_coding="",
            database=DATABASE,
            output_format=output_format or "TabSeparated",
            params={},
            settings=settings,
            reads_only=True,
            waits=False,
            query_id=str(uuid.uuid4()),
            coding="",
        )
        return Execution(engine, guard, request).chunks()

    try:
        yield ask
    finally:
        engine.close()


def _remote(dsn: str, *, on_this_machine: bool = False) -> Ask:
    from clickhouse_connect import common, get_client
    from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError
    from clickhouse_connect.driver.httputil import get_pool_manager

    from sinks.clickhouse.dsn import DsnError, parse

    try:
        place = parse(dsn)
    except DsnError as error:
        raise Unreachable(str(error), 2) from None
    # The store's reader may change more than `system.settings` shows; who may not, is told by the server.
    common.set_setting("invalid_setting_action", "send")
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    # A proxy that the environment names cannot reach our loopback; a pool of our own does not ask for one.
    pool = {"pool_mgr": get_pool_manager()} if on_this_machine else {}
    try:
        client = get_client(**place.arguments(autogenerate_session_id=False, query_retries=0, **pool))
    except OperationalError as error:
        raise Unreachable(_nobody(place.place, str(error)), 3) from None
    except DatabaseError as error:
        refused = StoreError.from_engine(_without_address(str(error)))
        raise Unreachable(f"the server refuses us: {refused.text} ({refused.name})", 3) from None
    except (ClickHouseError, OSError, ValueError) as error:
        raise Unreachable(f"this DSN cannot be used: {error}", 2) from None
    open_to_limits = client.server_settings["readonly"].value == "0"
    limits = {**{name: str(limit) for name, limit in READER_LIMITS.items()}, "readonly": "1"}

    def ask(sql: str, output_format: str, settings: Mapping[str, str]) -> Iterator[bytes]:
        changes = {**settings, **(limits if open_to_limits else {})}
        try:
            try:
                response = client.raw_stream(sql, fmt=output_format or None, settings=changes)
            except DatabaseError as error:
                if error.code != 164 or not changes or "setting" not in str(error):
                    raise
                response = client.raw_stream(sql, fmt=output_format or None)
        except DatabaseError as error:
            raise StoreError.from_engine(_without_address(str(error))) from None
        except ClickHouseError as error:
            raise StoreError(210, "NETWORK_ERROR", str(error)) from None
        yield from _received(response)

    return ask


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

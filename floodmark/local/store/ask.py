"""Asking a store, read-only and with limits: the running one, a stopped one, or any ClickHouse server."""

import io
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from floodmark.local.store.locate import endpoint
from floodmark.local.store.owner import StoreOwned, StoreOwnership
from floodmark.local.store.paths import StorePaths
from floodmark.local.store.users import READER
from floodmark.queries.ask import DATABASE, PARAMETER, Ask, Unreachable, remote
from runtime.exits import Exit

PATIENCE_S: Final = 15.0
"""How long to wait for a store that starts or stops."""
TURN_S: Final = 0.3


@contextmanager
def asking(data_dir: Path, dsn: str | None, database: str = "") -> Iterator[Ask]:
    """Something to ask: the server of `dsn` when there is one, else the store of `data_dir`, running or not.

    `database` is the one to ask where `dsn` names none.

    Raises:
        Unreachable: nobody answers, or there is no store.
        CredentialsError: the store runs as another user.
    """
    if dsn:
        yield remote(dsn, database)
        return
    paths = StorePaths.under(data_dir)
    if not paths.tables.is_dir():
        missing = "does not exist" if not data_dir.is_dir() else "has no store in it"
        raise Unreachable(
            f"{data_dir} {missing}. Start one with `floodmark up`, or name the right --data-dir.", Exit.MISUSED
        )
    deadline = time.monotonic() + PATIENCE_S
    while True:
        if (running := endpoint(data_dir)) is not None:
            yield remote(running.reader_dsn, on_this_machine=True)
            return
        try:
            with StoreOwnership(paths.lock, "floodmark sql", TURN_S):
                with _opened(paths) as ask:
                    yield ask
                return
        except StoreOwned as error:
            if time.monotonic() >= deadline:
                raise Unreachable(f"{error} and does not answer. Try again in a moment.", Exit.AGAIN) from None
        except OSError as error:
            raise Unreachable(f"{paths.root} cannot be opened: {error.strerror}.", Exit.UNREACHABLE) from None


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
            params={
                name.removeprefix(PARAMETER): value for name, value in settings.items() if name.startswith(PARAMETER)
            },
            settings={name: value for name, value in settings.items() if not name.startswith(PARAMETER)},
            reads_only=True,
            waits=False,
            query_id=str(uuid.uuid4()),
            coding="",
        )
        return Execution(engine, guard, request).chunks()

    try:
        yield ask
    finally:
        guard.close()
        engine.close()

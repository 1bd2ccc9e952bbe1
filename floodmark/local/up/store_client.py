"""A client of the store, wherever it is, that only reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class StoreUnreachableError(Exception):
    """The store cannot be asked; `advice` says what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@contextmanager
def connect(data_dir: Path, dsn: str = "") -> Iterator[Any]:
    """A clickhouse-connect client for a DSN, or without one for the store that runs on the data directory.

    Raises:
        StoreUnreachableError: none runs, or it does not answer; also when a query in the block fails.
    """
    import clickhouse_connect
    from clickhouse_connect.driver.exceptions import ClickHouseError
    from clickhouse_connect.driver.httputil import default_pool_manager

    from floodmark.local.store.locate import CredentialsError, endpoint
    from sinks.clickhouse.dsn import DsnError, parse

    pool = None
    if not dsn:
        # A proxy that the environment names cannot reach our loopback; a pool that is given is used without one.
        pool = default_pool_manager()
        try:
            found = endpoint(data_dir)
        except CredentialsError as error:
            raise StoreUnreachableError(str(error), "Read it as the user that runs the store.") from None
        if found is None:
            raise StoreUnreachableError(
                f"no store runs on {data_dir}", f"Start it: `floodmark store --data-dir {data_dir}`, or `floodmark up`."
            )
        dsn = found.reader_dsn
    try:
        place = parse(dsn)
    except DsnError as error:
        raise StoreUnreachableError(str(error), "Look at FLOODMARK_STORE_DSN.") from None
    try:
        client = clickhouse_connect.get_client(
            **place.arguments(connect_timeout=5, send_receive_timeout=60, pool_mgr=pool)
        )
    except ClickHouseError as error:
        # Its text may hold the DSN with the password in it.
        raise StoreUnreachableError(f"the store does not answer ({type(error).__name__})", "Check the DSN.") from None
    try:
        yield client
    except ClickHouseError as error:
        raise StoreUnreachableError(f"the store refused a query: {error}", "Look at its log.") from error
    finally:
        client.close()

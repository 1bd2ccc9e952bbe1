"""`floodmark sql`: ask the store, read-only."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from floodmark.settings import settings_of
from runtime.exits import Exit, fail

if TYPE_CHECKING:
    from floodmark.queries.ask import Ask
    from floodmark.queries.errors import StoreError

COMMAND: Final = "floodmark sql"

app = typer.Typer(add_completion=False)


class ResultFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A SELECT, SHOW, DESCRIBE or EXPLAIN; - reads it from stdin.")],
    data_dir: Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")] = None,
    dsn: Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)] = None,
    output: Annotated[ResultFormat, typer.Option("--format", help="How to print the result.")] = ResultFormat.TABLE,
    *,
    safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="CSV for a spreadsheet: ' before what it would take for a formula.")
    ] = False,
) -> None:
    """Ask the store: views such as `minutes`, `hours`, `alerts` and `incidents` of the database `floodmark`.

    Instants are UTC. Questions that are asked often have names: `floodmark query`. With --format parquet the output is
    a file: write it to one.

    Exits with 1 when the query fails, 2 when there is no store, 3 when the server cannot be reached,
    75 when the store is busy starting or stopping: try again.
    """
    from floodmark.local.store.ask import asking
    from floodmark.local.store.statement import format_clause
    from floodmark.queries.errors import StoreError

    settings = settings_of({})
    text = (sys.stdin.read() if query == "-" else query).strip().rstrip("; \n")
    if not text:
        fail("there is no query", Exit.MISUSED, by=COMMAND)
    if safe_csv and format_clause(text.encode("utf-8", "surrogateescape")) is not None:
        fail("--safe-csv writes CSV itself: leave FORMAT out of the query", Exit.MISUSED, by=COMMAND)
    if safe_csv and output in (ResultFormat.JSON, ResultFormat.PARQUET):
        fail(
            f"--safe-csv is CSV, not {'JSON' if output is ResultFormat.JSON else 'Parquet'}: "
            f"leave --format {output} out",
            Exit.MISUSED,
            by=COMMAND,
        )
    with (
        answering(COMMAND),
        asking(data_dir or settings.data_dir, dsn or (settings.store_dsn if data_dir is None else None)) as ask,
    ):
        try:
            _print(ask, text, output, safe_csv=safe_csv)
        except StoreError as error:
            fail_query(error, text, ask, COMMAND)


@contextmanager
def answering(command: str) -> Iterator[None]:
    """End a command that asks the store with a sentence and an exit code when there is nothing to ask."""
    from floodmark.local.store.users import CredentialsError
    from floodmark.queries.ask import Unreachable
    from floodmark.queries.errors import StoreError

    try:
        yield
    except (Unreachable, CredentialsError) as unreachable:
        fail(str(unreachable), getattr(unreachable, "code", Exit.UNREACHABLE), by=command)
    except StoreError as error:
        fail(f"the store cannot be opened: {error.text} ({error.name})", Exit.UNREACHABLE, by=command)
    except BrokenPipeError:
        # Whoever read us has seen enough; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail_query(error: "StoreError", text: str, ask: "Ask", command: str) -> NoReturn:
    """End a command whose query failed: what is wrong, where, what to do."""
    from floodmark.queries.query_error import VIEWS, explain
    from floodmark.queries.result_table import lines

    sys.stdout.flush()
    explained = explain(error, text, lambda: [name.decode() for name in lines(ask(VIEWS, "TSV", {}))])
    fail(explained, Exit.FAILED, by=command)


def _print(ask: "Ask", text: str, output: ResultFormat, *, safe_csv: bool) -> None:
    from floodmark.local.store.statement import format_clause
    from floodmark.queries.ask import ISO
    from floodmark.queries.parquet import parquet
    from floodmark.queries.result_table import ROWS_SHOWN, show_json, show_parquet, show_raw, show_safe_csv, show_table

    if safe_csv:
        show_safe_csv(ask(text, "CSVWithNames", ISO), sys.stdout)
    elif format_clause(text.encode("utf-8", "surrogateescape")) is not None:
        show_raw(ask(text, "", {}), sys.stdout)
    elif output is ResultFormat.TABLE:
        bounded = {**ISO, "max_result_rows": str(ROWS_SHOWN + 1), "result_overflow_mode": "break"}
        show_table(ask(text, "JSONCompactEachRowWithNamesAndTypes", bounded), sys.stdout)
    elif output is ResultFormat.PARQUET:
        show_parquet(parquet(ask, text, {}), sys.stdout)
    elif output is ResultFormat.CSV:
        show_raw(ask(text, "CSVWithNames", ISO), sys.stdout)
    else:
        show_json(ask(text, "JSONEachRow", ISO), sys.stdout)

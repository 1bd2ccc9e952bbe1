"""`floodmark query`: ask one of the questions that are asked again and again."""

import difflib
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from floodmark.commands.sql import ResultFormat
from floodmark.settings import settings_of
from runtime.exits import Exit, fail

COMMAND: Final = "floodmark query"
LISTED: Final = 24
"""Columns of a name in the list."""

app = typer.Typer(add_completion=False)


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(help="The query; none: list all, with what they answer.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter; may be given more than once.", show_default=False),
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")] = None,
    dsn: Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)] = None,
    output: Annotated[
        ResultFormat, typer.Option("--format", help="How to print the result; csv is safe for a spreadsheet.")
    ] = ResultFormat.TABLE,
    *,
    show: Annotated[bool, typer.Option("--show", help="Print the query and its parameters instead of asking.")] = False,
) -> None:
    """Ask the store one of the questions that ship with Floodmark. Instants are UTC.

    Exits with 1 when the query fails, 2 when there is no such query, parameter or store, 3 when the server cannot be
    reached, 75 when the store is busy starting or stopping: try again.
    """
    from floodmark.commands.sql import answering, fail_query
    from floodmark.local.store.ask import asking
    from floodmark.queries.ask import DATABASE, ISO
    from floodmark.queries.errors import StoreError
    from floodmark.queries.library import BadParameter, library, names
    from floodmark.queries.library import query as named
    from floodmark.queries.parquet import parquet
    from floodmark.queries.result_table import show_json, show_parquet, show_safe_csv, show_table
    from runtime.output import to_stdout
    from runtime.terminal import columns, hanging_after

    if name is None:
        to_stdout("\n".join(hanging_after(f"{each.name:{LISTED}}", each.question, columns()) for each in library()))
        return
    try:
        wanted = named(name)
    except KeyError:
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else "`floodmark query` lists them"
        fail(f"there is no query {name!r}; {hint}", Exit.MISUSED, by=COMMAND)
    try:
        values = wanted.values(_pairs(param or []))
    except BadParameter as error:
        fail(str(error), Exit.MISUSED, by=COMMAND)
    if show:
        of = [f"{each.name} {each.type} = {each.default}: {each.about}; {each.kind}" for each in wanted.parameters]
        to_stdout("\n".join([wanted.question, "", *of, "", wanted.sql]))
        return
    settings = settings_of({})
    with (
        answering(COMMAND),
        asking(
            data_dir or settings.data_dir, dsn or (settings.store_dsn if data_dir is None else None), DATABASE
        ) as ask,
    ):
        try:
            if output is ResultFormat.TABLE:
                rows = ask(wanted.sql, "JSONCompactEachRowWithNamesAndTypes", {**ISO, **values})
                show_table(rows, sys.stdout, chosen=False)
            elif output is ResultFormat.CSV:
                show_safe_csv(ask(wanted.sql, "CSVWithNames", {**ISO, **values}), sys.stdout)
            elif output is ResultFormat.PARQUET:
                show_parquet(parquet(ask, wanted.sql, values), sys.stdout)
            else:
                show_json(ask(wanted.sql, "JSONEachRow", {**ISO, **values}), sys.stdout)
        except StoreError as error:
            fail_query(error, wanted.sql, ask, COMMAND)


def _pairs(given: list[str]) -> dict[str, str]:
    """`name=value` of each.

    Raises:
        BadParameter: one has no `=`.
    """
    from floodmark.queries.library import BadParameter

    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise BadParameter(f"--param: must be NAME=VALUE; it is {text!r}")
        found[name.strip()] = value
    return found

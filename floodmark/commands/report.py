"""`floodmark report`: what an analyst would say of a file."""

from pathlib import Path
from typing import Annotated

import typer

from floodmark.commands.conventions import Decimal, conventions

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def report() -> None:
    """Say of a file what an analyst would say: what broke, since when, what it cost, and what came back."""


@app.command()
def checkout(
    file: Annotated[
        Path, typer.Argument(help="CSV of one day: time, today, and baselines such as yesterday, avg_last_week.")
    ],
    html: Annotated[Path | None, typer.Option(help="Write a page with a chart here; it needs no other file.")] = None,
    decimal: Decimal = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table and sentences.")] = False,
) -> None:
    """Compare a day of hourly sales with the baselines in its file, and tell the incidents.

    Exits with 0 when the day was compared, with or without incidents; 1 when nothing in the file can be compared or
    the page cannot be written; 2 when the file cannot be used. The message names line and column.
    """
    from floodmark.analysis.checkout.checkout import CheckoutRequest, run

    run(CheckoutRequest(file, html, as_json, conventions(decimal).decimal))

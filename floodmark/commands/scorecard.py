"""`floodmark scorecard`: how well the rules do on labelled sets."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def scorecard(
    sets: Annotated[Path, typer.Option(help="Folder with labelled sets and evaluate.py, the judge that scores them.")],
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    write: Annotated[
        Path | None, typer.Option(help="Put the tables between the scorecard markers of this Markdown file.")
    ] = None,
    alerts: Annotated[Path | None, typer.Option(help="Keep each set's alerts in this folder.")] = None,
) -> None:
    """Judge every labelled set of a folder with `detect`, have the folder's own judge score it, and show the tables.

    A set is a folder with labels.json and transactions.csv. Exits with 2 when the folder, the judge, the rules or the
    file to write to cannot be used, and with 1 when a set cannot be judged or scored.
    """
    from floodmark.analysis.scorecard.run import ScorecardRequest, run

    run(ScorecardRequest(sets, rules, write, alerts))

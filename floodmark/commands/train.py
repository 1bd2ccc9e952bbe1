"""`floodmark train`: an isolation forest from history, for the rules that ask for a model."""

from pathlib import Path
from typing import Annotated

import typer

from floodmark.commands.conventions import Decimal, TimeZone, conventions

app = typer.Typer(add_completion=False)


@app.command()
def train(
    files: Annotated[list[Path], typer.Argument(help="CSV files of history: timestamp, status, count.")],
    out: Annotated[Path, typer.Option(help="Write the model here.")],
    auth_codes: Annotated[Path | None, typer.Option(help="CSV with timestamp, auth_code, count.")] = None,
    trees: Annotated[int, typer.Option(min=10, max=2000, help="How many trees.")] = 200,
    sample: Annotated[int, typer.Option(min=16, max=4096, help="Minutes that each tree is grown from.")] = 256,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same history and seed, same model.")] = 1,
    contamination: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Part of ordinary minutes that may count as odd.")
    ] = 0.05,
    day: Annotated[str | None, typer.Option("--date", help="Date (YYYY-MM-DD) of files that have times only.")] = None,
    decimal: Decimal = None,
    time_zone: TimeZone = None,
    *,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out and count them.")] = False,
) -> None:
    """Learn from history what ordinary minutes look like, and write it as a model file.

    The rules with the methods isolation_forest and hybrid name such a file. Minutes of incidents, as the default rules
    find them, do not teach. Needs scikit-learn (the extra `model`); the rules that use the file do not.

    Exits with 2 when a file cannot be used, when there is less than a day of history, or when scikit-learn is missing,
    and with 1 when the model cannot be written.
    """
    from floodmark.analysis.train.fit import Growth
    from floodmark.analysis.train.run import TrainRequest, run
    from runtime.typed_times import day as typed_day

    given = typed_day(day, "--date") if day else None
    growth, written = Growth(trees, sample, seed, contamination), conventions(decimal, time_zone)
    run(TrainRequest(files, auth_codes, out, growth, given, skip_bad, written))

"""`floodmark verify`: recompute an alert from the stored minutes, and prove it equal or show the difference."""

from pathlib import Path
from typing import Annotated

import typer

from floodmark.settings import settings_of

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    incident_id: Annotated[str, typer.Argument(help="The incident_id of an alert.")],
    data_dir: Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")] = None,
    dsn: Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="Rule file that raised the alert; may be repeated. None: the usual and the shipped ones."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Judge the stored minutes of the alert's scope again, from the first one to that of the alert, and compare.

    Late data are in the stored minutes, so what was said last of the incident is compared. The receipt names the rule
    set, the minutes, their source offsets and a SHA-256 over them.

    Exits with 0 when the alert is equal, 1 when it differs, 2 when the incident or its rule set is not known or there
    is no store, 3 when the store cannot be reached, 75 when it is busy starting or stopping: try again.
    """
    from floodmark.analysis.verify.run import Job, run

    settings = settings_of({})
    server = dsn or (settings.store_dsn or None if data_dir is None else None)
    run(
        Job(incident_id, data_dir or settings.data_dir, server, tuple(rules or ()), settings.rules),
        as_json_text=as_json,
    )

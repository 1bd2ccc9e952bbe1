"""`floodmark runbook`: print a page that says what an alert means and what to do."""

import difflib
from typing import Annotated, Final

import typer

COMMAND: Final = "floodmark runbook"

app = typer.Typer(add_completion=False)


@app.command()
def runbook(
    name: Annotated[
        str | None, typer.Argument(help="Name of a page, as an alert has it in `runbook`; none: list all pages.")
    ] = None,
) -> None:
    """Print a runbook page, in Markdown: what the alert means, what to look at first, what to do.

    It needs neither network nor store. FLOODMARK_RUNBOOKS makes alerts link to pages of your own instead. Exits with 2
    when there is no such page, with 1 when the installation lacks its pages.
    """
    from floodmark.runbooks import page, titles
    from processors.rules.runbooks import PAGES
    from runtime.exits import Exit, fail
    from runtime.output import to_stdout

    wanted = (name or "").strip().lower().replace("_", "-").removesuffix(".md")
    if name is not None and wanted not in PAGES:
        near = difflib.get_close_matches(wanted, PAGES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(PAGES))}"
        fail(f"there is no page {name!r}; {hint}", Exit.MISUSED, by=COMMAND)
    try:
        text = page(wanted) if name is not None else "\n".join(f"{key:24}{about}" for key, about in titles().items())
    except FileNotFoundError as error:
        fail(f"{error}; install Floodmark anew", Exit.FAILED, by=COMMAND)
    to_stdout(text.rstrip())

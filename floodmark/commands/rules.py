"""`floodmark rules`: tools around rule files."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)
Files = Annotated[
    list[Path], typer.Argument(help="Rule files, or names of shipped ones: default, thresholds, classic.")
]


@app.callback()
def rules() -> None:
    """Check rule files, show what they say, run the tests they carry. The names of shipped rule sets do for files."""


@app.command()
def check(files: Files) -> None:
    """Say of each file whether it can be used.

    Exits with 0 when all can, else with 2; the messages name file, line and key.
    """
    from floodmark.rules_tool.run import check as run

    run(files)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="Rule file, or the name of a shipped one.")] = Path("default"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every setting of every rule.")] = False,
) -> None:
    """Show the rules with the settings that differ from their method's defaults, the baseline, and the incidents.

    Exits with 2 when the file cannot be used; the message names file, line and key.
    """
    from floodmark.rules_tool.run import show as run

    run(file, as_json=as_json)


@app.command()
def test(files: Files) -> None:
    """Try the test cases that the files carry, and say of those that fail what opened instead.

    The traffic of each `[[test]]` is judged by the code that the stream runs. Exits with 1 when a test fails, and with
    2 when a file cannot be used; the message names file, line and key.
    """
    from floodmark.rules_tool.run import test as run

    run(files)

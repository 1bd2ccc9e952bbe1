"""The reference as one page of Markdown."""

from pathlib import Path
from typing import Final

from floodmark.reference.alerts import alerts
from floodmark.reference.commands import commands
from floodmark.reference.rights import needed_rights
from floodmark.reference.variables import variables
from runtime.exits import Exit

PLACE: Final = Path(__file__).parents[2] / "deploy" / "reference.md"
EXIT_CODES: Final = {int(code): code.meaning for code in Exit}


def page() -> str:
    """All of it."""
    lines = [
        "# Reference",
        "",
        "Made by `python -m floodmark.reference`; do not edit it. `floodmark COMMAND --help` says the same of one.",
        "",
        "## Settings",
        "",
        *variables(),
        "",
        "## Exit codes",
        "",
        "| code | |",
        "| --- | --- |",
        *(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()),
        "",
        "## Rights on a secured cluster",
        "",
        *needed_rights(),
        "",
        "## Commands",
        *commands(),
        "",
        "## Alerts",
        "",
        *alerts(),
    ]
    return "\n".join(lines) + "\n"

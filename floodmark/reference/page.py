"""The reference as one page of Markdown."""

from pathlib import Path
from typing import Final

from floodmark.reference.alerts import alerts
from floodmark.reference.commands import commands
from floodmark.reference.variables import variables

PLACE: Final = Path(__file__).parents[2] / "deploy" / "reference.md"
EXIT_CODES: Final = {
    0: "Done.",
    1: "It failed: a result could not be written, a record was not delivered, a test or a check failed.",
    2: "Wrong usage: a flag, a variable, a file or a rule set cannot be used. Starting again does not help.",
    3: "Something that it needs does not answer: the broker, the store.",
    70: "A worker could not store its state or its output. Start it again: it goes on where its state ends.",
    75: "Try again: it has to be started anew, or what it asked is busy starting or stopping.",
    130: "Ctrl-C.",
    143: "SIGTERM, of `floodmark up`. Workers and sinks end with 0 after it.",
}


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
        "## Commands",
        *commands(),
        "",
        "## Alerts",
        "",
        *alerts(),
    ]
    return "\n".join(lines) + "\n"

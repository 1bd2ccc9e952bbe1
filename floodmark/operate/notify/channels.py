"""`floodmark notify channels`, run: say of each kind of channel what it can and cannot do, and what it asks for."""

import json
from dataclasses import asdict

from rich.table import Table

from runtime.exits import Exit, fail
from runtime.output import to_stdout
from runtime.terminal import clean_console
from sinks.notify.channels.kind import ChannelKind
from sinks.notify.channels.kinds import KINDS
from sinks.notify.channels.settings import ChannelSettings

COMMAND = "floodmark notify channels"


def show(kind: str | None, *, as_json: bool) -> None:
    """Print all kinds, or one with its settings; ends the process with 2 when there is no such kind."""
    if kind is not None and kind not in KINDS:
        fail(f"there is no kind {kind!r}; there are: {', '.join(sorted(KINDS))}", Exit.MISUSED, by=COMMAND)
    kinds = {name: found for name, found in KINDS.items() if kind in (None, name)}
    if as_json:
        to_stdout(json.dumps({name: _fields(found) for name, found in kinds.items()}, ensure_ascii=False))
        return
    console = clean_console(highlight=False, markup=False)
    for name, found in kinds.items():
        console.print(f"{name}: {found.purpose}", style="bold")
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
        for ability, words in asdict(found.abilities).items():
            table.add_row(ability, words)
        table.add_row("settings", ", ".join(_settings(found)))
        console.print(table)


def _fields(kind: ChannelKind[ChannelSettings]) -> dict[str, object]:
    return {"purpose": kind.purpose, "abilities": asdict(kind.abilities), "settings": _settings(kind)}


def _settings(kind: ChannelKind[ChannelSettings]) -> list[str]:
    return sorted(kind.settings.model_fields)

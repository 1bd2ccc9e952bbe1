"""The only way to a terminal by rich: whatever others wrote, nothing that steers it gets there. And how wide it is."""

import shutil
import textwrap
from typing import Any, Final

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult, RichCast
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from schemas.shown import shown

PIPED: Final = 120
"""Columns of a line that nobody's terminal wraps: what is written to a file or a pipe is read as well."""
HANGING: Final = 2
"""Further lines are indented by so much more than the first."""


def columns() -> int:
    """How wide a line may be: as the terminal is, or as COLUMNS says; PIPED where there is none."""
    return shutil.get_terminal_size((PIPED, 24)).columns


def wrapped(line: str, width: int) -> str:
    """A sentence in lines of at most `width` columns, broken at blanks; a word that is longer stays whole.

    A line that is indented is laid out already, as a command that people copy, and stays as it is.
    """
    if line[:1].isspace():
        return line
    return "\n".join(
        textwrap.wrap(line, width, subsequent_indent=" " * HANGING, break_long_words=False, break_on_hyphens=False)
    )


def hanging_after(label: str, text: str, width: int) -> str:
    """The label and the text, whose further lines stand below its first word."""
    indent = " " * len(label)
    lines = textwrap.wrap(text, max(20, width - len(label)), break_long_words=False, break_on_hyphens=False)
    return label + f"\n{indent}".join(lines)


def hanging(text: Text, console: Console, width: int) -> Text:
    """The same of styled lines; a word that is longer than a line goes on in the next one."""
    found: list[Text] = []
    for line in text.split("\n"):
        lead = len(line.plain) - len(line.plain.lstrip())
        if len(line.plain) <= width:
            found.append(line)
            continue
        first, *more = line[lead:].wrap(console, max(20, width - lead - HANGING), overflow="fold")
        found.append(Text.assemble(" " * lead, first))
        found += [Text.assemble(" " * (lead + HANGING), each) for each in more]
    return Text("\n").join(found)


class Clean:
    """Anything that can be printed, cleaned as `schemas.shown` says once it has become text."""

    def __init__(self, inner: ConsoleRenderable | RichCast | str) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Its text, cleaned; what steers the terminal for rich itself is no text."""
        for text, style, control in console.render(self._inner, options):
            yield Segment(text if control else shown(text), style, control)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """As wide as what is inside."""
        return Measurement.get(console, options, self._inner)


class _Cleaning(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [Clean(each) for each in renderables]


def clean_console(**settings: Any) -> Console:
    """A console that prints nothing which is not to be seen; a live display wraps what it shows in `Clean` itself."""
    made = Console(**settings)
    made.push_render_hook(_Cleaning())
    return made

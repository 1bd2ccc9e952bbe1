"""The only way to a terminal by rich: whatever others wrote, nothing that steers it gets there."""

from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult, RichCast
from rich.measure import Measurement
from rich.segment import Segment

from schemas.shown import shown


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

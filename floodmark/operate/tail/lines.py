"""A minute in one line. Pure."""

from typing import Final

from rich.text import Text

from runtime.numbers import about, percent
from schemas.instants import instant_of_ms
from sinks.console.text import clean
from sinks.live.feed import SeenMinute

COLOURS: Final = {
    "critical": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "no_data": "magenta",
    "unknown": "magenta",
}


def minute_line(seen: SeenMinute) -> Text:
    """Time, verdict, series, count, what was expected, share and score; what is not known is left out."""
    parts = [
        f"{clean(seen.scope)}/{seen.dimension}",
        f"{clean(seen.key)}={seen.count:,}",
        "" if seen.low is None or seen.high is None else f"expected {about(seen.low)} to {about(seen.high)}",
        "" if seen.share is None else f"share {percent(seen.share, 2)}",
        f"score {seen.score:.0f}" if seen.score else "",
    ]
    return Text.assemble(
        (f"{instant_of_ms(seen.minute)} ", "dim"),
        (f"{seen.verdict:<10} ", COLOURS.get(seen.verdict, "")),
        "  ".join(part for part in parts if part),
    )

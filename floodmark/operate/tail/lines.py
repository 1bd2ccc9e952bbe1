"""A minute in one line. Pure."""

from datetime import UTC, datetime
from typing import Final

from rich.text import Text

from runtime.numbers import about
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
    start = datetime.fromtimestamp(seen.minute / 1000, UTC)
    parts = [
        f"{clean(seen.scope)}/{seen.dimension}",
        f"{clean(seen.key)}={seen.count:,}",
        "" if seen.low is None or seen.high is None else f"expected {about(seen.low)} to {about(seen.high)}",
        "" if seen.share is None else f"share {seen.share:.2%}",
        f"score {seen.score:.0f}" if seen.score else "",
    ]
    return Text.assemble(
        (f"{start:%Y-%m-%dT%H:%MZ} ", "dim"),
        (f"{seen.verdict:<10} ", COLOURS.get(seen.verdict, "")),
        "  ".join(part for part in parts if part),
    )

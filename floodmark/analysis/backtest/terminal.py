"""The incidents of a back-test in a terminal: a table of one line each, where there is room."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from floodmark.analysis.backtest.wording import causes, instant, loss, subject, until
from processors.domain.incidents.incident import Incident

MAX_SHOWN: Final = 60
"""How many incidents are listed; the files have all of them."""
WIDE: Final = 110
"""In a narrower terminal the rules are left out."""
_STYLES: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


def show(incidents: Sequence[Incident], console: Console) -> None:
    """Print the incidents, by opening; nothing when there are none."""
    if not incidents:
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("since (UTC)", "until", "severity"):
        table.add_column(name, no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("causes", overflow="fold")
    table.add_column("lost", justify="right")
    if console.width >= WIDE:
        table.add_column("rules", overflow="fold")
    for incident in incidents[:MAX_SHOWN]:
        table.add_row(
            instant(incident.since),
            until(incident),
            Text(incident.severity, _STYLES[incident.severity]),
            Text(subject(incident)),
            Text(causes(incident)),
            loss(incident),
            *((Text(", ".join(incident.rules)),) if console.width >= WIDE else ()),
        )
    console.print(table)
    if len(incidents) > MAX_SHOWN:
        console.print(Text(f"… and {len(incidents) - MAX_SHOWN} more", style="dim"))

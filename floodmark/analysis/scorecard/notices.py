"""What is said of a feed while it is judged, and which of it wakes somebody."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.alert import Alert
from schemas.alert_state import AlertState
from schemas.severity import RANK, Severity
from sinks.webhook.selection import Selection

_WAKING: Final = frozenset({"firing", "updated"})


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert, as far as it is scored; minutes count from the first one of the feed.

    Args:
        minute: The minute after which it is said.
        incident: Its id.
        state: What has happened to it.
        severity: How severe it is now.
        score: The same as a number, 0 to 100.
        names: What it names: its key, and the keys that are said to explain it.
        since: The incident's first broken minute.
        last_seen: Its last minute with a finding.
        lost: Transactions that are said to be lost.
        regained: Those of them that are said to have come back.
        pages: Whether it wakes somebody.
        summary: What people read.
    """

    minute: int
    incident: str
    state: AlertState
    severity: Severity
    score: float
    names: frozenset[str]
    since: int
    last_seen: int
    lost: float
    regained: float
    pages: bool
    summary: str


class Pager:
    """Decides which alerts page: those that a webhook is sent because they open an incident or make it worse.

    That is `firing` and `updated` where `sinks.webhook.selection.Selection` lets them through, from a warning on. What
    the webhook is sent beside these (`resolved`, `withdrawn`, `amended`, `acknowledged`, and information) reaches a
    person's list and wakes nobody.
    """

    def __init__(self) -> None:
        self._selection = Selection()

    def pages(self, alert: Alert) -> bool:
        """Whether the next alert wakes somebody. Alerts come in the order in which they are said."""
        if not self._selection.wants(alert):
            return False
        self._selection.sent(alert)
        return alert.state in _WAKING and RANK[alert.severity] >= RANK["warning"]


def by_incident(notices: Iterable[Notice]) -> Mapping[str, tuple[Notice, ...]]:
    """All that is said of each incident, in the order in which it is said."""
    found: dict[str, list[Notice]] = {}
    for notice in notices:
        found.setdefault(notice.incident, []).append(notice)
    return {incident: tuple(notices) for incident, notices in found.items()}


def pages_of(notices: Iterable[Notice]) -> Iterator[Notice]:
    """Those that wake somebody."""
    return (notice for notice in notices if notice.pages)

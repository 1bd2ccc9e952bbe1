"""Which incident of the live view is chosen, and what the keys do to that. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.alert import Alert
from schemas.severity import RANK

STEPS: Final = {b"\x1b[A": -1, b"k": -1, b"\x1b[B": 1, b"j": 1, b"\x1b[5~": -5, b"\x1b[6~": 5}
"""Keys that go up and down: arrows, page up and down, and those of vi."""
OPENS: Final = frozenset({b"\r", b"\n", b" "})
CLOSES: Final = frozenset({b"\x1b", b"q"})
_KEY: Final = re.compile(rb"\x1b(?:[\[O][0-9;]*[A-Za-z~])?|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The incident that is chosen, and whether it is shown in full.

    Args:
        incident_id: The one that is chosen; the first when it is not open any more, or none was chosen.
        opened: Whether it is shown in full.
    """

    incident_id: str = ""
    opened: bool = False

    def place(self, incidents: Sequence[Alert]) -> int:
        """Where the chosen one is among the incidents; 0 when it is not."""
        return next((n for n, alert in enumerate(incidents) if alert.incident_id == self.incident_id), 0)

    def after(self, typed: bytes, incidents: Sequence[Alert]) -> "Cursor":
        """The cursor after these keys, over the incidents as they are shown."""
        cursor = self
        for key in _KEY.findall(typed):
            cursor = cursor._after(key.replace(b"\x1bO", b"\x1b["), incidents)
        return cursor

    def _after(self, key: bytes, incidents: Sequence[Alert]) -> "Cursor":
        if key in OPENS:
            return replace(self, opened=not self.opened and bool(incidents))
        if key in CLOSES:
            return replace(self, opened=False)
        if key not in STEPS or not incidents:
            return self
        place = min(max(0, self.place(incidents) + STEPS[key]), len(incidents) - 1)
        return replace(self, incident_id=incidents[place].incident_id)


def by_urgency(incidents: Iterable[Alert]) -> list[Alert]:
    """What needs somebody comes first: not hidden, nobody on it, severe, new."""
    newest = sorted(incidents, key=lambda a: (a.since, a.incident_id), reverse=True)
    return sorted(newest, key=lambda a: (a.inhibited_by != "", a.acknowledged_by is not None, -RANK[a.severity]))

"""How severe an incident is, in one order for all who compare, sort or count."""

from typing import Final, Literal

Severity = Literal["info", "warning", "critical"]
RANK: Final[dict[Severity, int]] = {"info": 0, "warning": 1, "critical": 2}
"""The higher, the more severe."""
SEVERITIES: Final[tuple[Severity, ...]] = tuple(sorted(RANK, key=RANK.__getitem__, reverse=True))
"""The most severe first."""

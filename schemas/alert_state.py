"""What an alert says has happened to its incident."""

from typing import Final, Literal

AlertState = Literal["firing", "updated", "acknowledged", "resolved", "amended", "withdrawn"]
OVER: Final[frozenset[AlertState]] = frozenset({"resolved", "withdrawn"})
"""After these the incident is over, until something else is said of it."""

"""The state of a partition in its changelog: how it is written, and how it is read back."""

from processors.changelog.log import StateLog, Write
from processors.changelog.recovery import Recovered, StateDamaged, recover

__all__ = ["Recovered", "StateDamaged", "StateLog", "Write", "recover"]

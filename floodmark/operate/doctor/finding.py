"""What a check of `floodmark doctor` says."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What one check found.

    Args:
        check: What was looked at.
        level: Whether it is as it should be.
        found: What is there, for people.
        advice: What to do; empty when nothing.
        unreachable: Whether something needed does not answer, which has an exit code of its own.
    """

    check: str
    level: Level
    found: str
    advice: str = ""
    unreachable: bool = False

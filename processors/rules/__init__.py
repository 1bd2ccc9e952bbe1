"""Rule files: reading them and the test cases they carry, and the three that ship with Floodmark."""

from processors.rules.cases import Case, Stretch
from processors.rules.load import CLASSIC, DEFAULT, SHIPPED, THRESHOLDS, RuleError, RuleFile, found, load, read

__all__ = [
    "CLASSIC",
    "DEFAULT",
    "SHIPPED",
    "THRESHOLDS",
    "Case",
    "RuleError",
    "RuleFile",
    "Stretch",
    "found",
    "load",
    "read",
]

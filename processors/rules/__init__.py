"""Rule files: reading them and the test cases they carry, and the four that ship with Floodmark."""

from processors.rules.cases import Case, CaseStretch
from processors.rules.load import (
    CLASSIC,
    COMPARISON,
    DEFAULT,
    HYBRID,
    SHIPPED,
    THRESHOLDS,
    RuleError,
    RuleFile,
    found,
    load,
    read,
)

__all__ = [
    "CLASSIC",
    "COMPARISON",
    "DEFAULT",
    "HYBRID",
    "SHIPPED",
    "THRESHOLDS",
    "Case",
    "CaseStretch",
    "RuleError",
    "RuleFile",
    "found",
    "load",
    "read",
]

"""Rule files: reading them, and the two that ship with Floodmark (default.toml, classic.toml)."""

from processors.rules.load import CLASSIC, DEFAULT, SHIPPED, THRESHOLDS, RuleError, load

__all__ = ["CLASSIC", "DEFAULT", "SHIPPED", "THRESHOLDS", "RuleError", "load"]

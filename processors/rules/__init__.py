"""Rule files: reading them, and the two that ship with Floodmark (default.toml, classic.toml)."""

from processors.rules.load import CLASSIC, DEFAULT, RuleError, load

__all__ = ["CLASSIC", "DEFAULT", "RuleError", "load"]

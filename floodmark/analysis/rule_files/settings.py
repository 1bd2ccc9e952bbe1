"""A rule set as plain data: every setting, and which of them its author chose."""

from dataclasses import MISSING, Field, asdict, fields
from typing import Any, Final

from processors.domain.rules import Rule
from processors.domain.ruleset import RuleSet
from processors.rules.calendar import plain

WORDS: Final = ("recommendation", "runbook")
"""Settings of a rule that are said to people and judge nothing."""
_WHERE: Final = ("name", "dimension", "keys", "excluded")


def chosen(rule: Rule) -> dict[str, Any]:
    """The settings that differ from the defaults of the rule's method, in the order of the method.

    What it is called, where it looks and what it says to people are not among them.
    """
    own = (f for f in fields(rule) if f.name not in (*WORDS, *_WHERE))
    return {f.name: getattr(rule, f.name) for f in own if getattr(rule, f.name) != _default(f)}


def watched(rule: Rule) -> str:
    """Where the rule looks: `status: failed, denied`, `auth_code: all but 00`."""
    excluded: tuple[str, ...] = getattr(rule, "excluded", ())
    keys = ", ".join(rule.keys) or "all"
    return f"{rule.dimension}: {keys}" + (f" but {', '.join(excluded)}" if excluded else "")


def as_json(rules: RuleSet) -> dict[str, Any]:
    """The rule set for programs; `chosen` of a rule names the settings that differ from its method's defaults."""
    return {
        "name": rules.name,
        "version": rules.version,
        "baseline": asdict(rules.baseline),
        "incidents": {"resolve_after": rules.resolve_after, "group": rules.group, "inhibit": rules.inhibit},
        "severity": asdict(rules.severity),
        "facets": dict(rules.facets),
        "calendar": plain(rules.calendar) if rules.calendar else None,
        "rules": [{"method": rule.method, **asdict(rule), "chosen": list(chosen(rule))} for rule in rules.rules],
    }


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default

"""Rule files as text, of which tests need a few lines: each table in one form, a setting a line."""

import json
from collections.abc import Sequence


def table(head: str, **settings: object) -> str:
    """A table of an array of tables, `[[head]]`; settings are texts, numbers, truths or lists of these."""
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items())
    return f"[[{head}]]\n{''.join(lines)}"


def rule_table(name: str, method: str, **settings: object) -> str:
    """One rule."""
    return table("rule", name=name, method=method, **settings)


def many(above: int, keys: Sequence[str] = ("failed",), name: str = "many") -> str:
    """The rule by which more than so many transactions of a key in a minute are too many; no keys: of any."""
    return rule_table(name, "count", **({"keys": list(keys)} if keys else {}), above=above)


def named(rule_set: str, *tables: str) -> str:
    """A rule file with a name of its own, and these tables."""
    return f"name = {json.dumps(rule_set)}\n{''.join(tables)}"

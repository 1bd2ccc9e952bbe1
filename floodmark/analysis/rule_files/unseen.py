"""Scopes, keys and codes that a rule file names and no row of the data has: mostly slips of the pen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from processors.domain.ruleset import RuleSet
from processors.domain.window import AUTH_CODE, OTHER, STATUS, TOTAL, VOLUME
from producers.rows import Row
from runtime.toml_places import line_of

NAMES: Final = {"scope": "scope", STATUS: "status", AUTH_CODE: "auth code"}
_ALWAYS: Final = frozenset({TOTAL, OTHER})
"""Keys that no record has and every scope may have."""


@dataclass(frozen=True, slots=True)
class Named:
    """A word that a rule file names.

    Args:
        table: The table it stands in, as `runtime.toml_places` calls it.
        index: Which one of that name.
        key: The key it stands at.
        whose: What people call the table.
        word: In plain form.
        kinds: What it may be: of `NAMES`.
    """

    table: str
    index: int
    key: str
    whose: str
    word: str
    kinds: tuple[str, ...]


@dataclass(slots=True)
class SeenWords:
    """The words of the data, by kind."""

    words: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in NAMES})

    def take(self, rows: Iterable[Row]) -> None:
        """Look at rows."""
        for row in rows:
            self.words["scope"].add(row.scope)
            if row.status is not None:
                self.words[STATUS].add(row.status)
            if row.auth_code is not None:
                self.words[AUTH_CODE].add(row.auth_code)

    def knows(self, kinds: Iterable[str]) -> bool:
        """Whether there are words of any of these kinds: data without codes say nothing of codes."""
        return any(self.words[kind] for kind in kinds)


def named(rules: RuleSet) -> Iterator[Named]:
    """All scopes, keys and codes that the rules and the calendar name, in the order of the file."""
    for dimension, status in rules.facets.items():
        yield Named("facets", 0, dimension, "[facets]", status, (STATUS,))
    for index, rule in enumerate(rules.rules):
        if rule.dimension != VOLUME:
            for key in ("keys", "excluded"):
                for word in getattr(rule, key, ()):
                    yield Named("rule", index, key, f"rule {rule.name}", word, (rule.dimension,))
    if rules.calendar is None:
        return
    for index, window in enumerate(rules.calendar.maintenance):
        table, whose = "calendar.maintenance", f"maintenance {window.name}"
        yield from (Named(table, index, "scopes", whose, word, ("scope",)) for word in window.scopes)
        yield from (Named(table, index, "keys", whose, word, (STATUS, AUTH_CODE)) for word in window.keys)
    for index, event in enumerate(rules.calendar.events):
        table, whose = "calendar.event", f"event {event.name}"
        yield from (Named(table, index, "scopes", whose, word, ("scope",)) for word in event.scopes)


def warnings(place: str, text: str, rules: RuleSet, seen: SeenWords) -> Iterator[str]:
    """A sentence for each word that no row has.

    Args:
        place: What the rule file is called.
        text: What is in it.
        rules: What it says.
        seen: What the data hold.
    """
    for each in named(rules):
        known = set().union(*(seen.words[kind] for kind in each.kinds))
        if each.word in known or (each.word in _ALWAYS and "scope" not in each.kinds) or not seen.knows(each.kinds):
            continue
        kind = " or ".join(NAMES[name] for name in each.kinds)
        near = get_close_matches(each.word, sorted(known), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        line = line_of(text, each.table, each.index, each.key)
        yield f"{place}:{line}: warning: {each.whose}: no row has the {kind} {each.word!r}{hint}"

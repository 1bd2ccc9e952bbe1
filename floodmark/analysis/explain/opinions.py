"""What people have said of the incidents that each rule opened: useful, or not."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from floodmark.queries.ask import Ask
from floodmark.queries.library import query
from floodmark.queries.result_table import lines


@dataclass(frozen=True, slots=True)
class Opinions:
    """Of one rule.

    Args:
        rule: Its name.
        incidents: How many incidents it was in.
        useful: How many of them people called useful.
        not_useful: How many not.
        more_was_wrong: Of so many they said that more was wrong than was said.
        note: The last words that were said with it; may be empty.
    """

    rule: str
    incidents: int
    useful: int
    not_useful: int
    more_was_wrong: int
    note: str

    @property
    def judged(self) -> int:
        """How many incidents people have said something of."""
        return self.useful + self.not_useful + self.more_was_wrong


def opinions(ask: Ask) -> tuple[Opinions, ...]:
    """Of each rule that people have said something of, the least useful first.

    Raises:
        StoreError: the store cannot answer.
    """
    wanted = query("rule_usefulness")
    found = (json.loads(line) for line in lines(ask(wanted.sql, "JSONEachRow", wanted.values({}))))
    made = (Opinions(**{name: _plain(value) for name, value in row.items()}) for row in found)
    return tuple(each for each in made if each.judged)


def in_words(each: Opinions) -> str:
    """One line for people."""
    parts = [f"{each.not_useful} not useful", f"{each.useful} useful"]
    if each.more_was_wrong:
        parts.append(f"{each.more_was_wrong} where more was wrong")
    last = f" (last: {each.note})" if each.note else ""
    return f"{each.rule}: people judged {each.judged} of its {each.incidents} incidents: {', '.join(parts)}{last}"


def as_json(found: tuple[Opinions, ...]) -> Iterator[dict[str, Any]]:
    """The same for programs."""
    return (asdict(each) for each in found)


def _plain(value: Any) -> Any:
    """Numbers of 64 bits come as text."""
    return int(value) if isinstance(value, str) and value.isdigit() else value

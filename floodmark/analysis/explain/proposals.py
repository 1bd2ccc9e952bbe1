"""Changes of one setting that would have caught it: tried on all the rows, and priced."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from floodmark.analysis.explain.edit import Edit, Editor
from floodmark.analysis.explain.history import Judgement, MinuteRange, Progress, RowHistory, judge
from floodmark.analysis.explain.probe import Near
from floodmark.analysis.explain.settings import Number, changed
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet

TRIED: Final = 8
"""How many changes are tried on all the rows: those that move their setting least."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that catches what was missed.

    Args:
        near: Where the rule comes in, and with what.
        edit: The line to change.
        caught: The incidents that then show themselves in the stretch, in the order of opening.
        before: Incidents a day now.
        after: Incidents a day with the change.
        more: Incidents beyond those of now, in all the rows.
        elsewhere: Incidents a day beyond those of now, without those in the stretch: what the change costs.
    """

    near: Near
    edit: Edit
    caught: tuple[Incident, ...]
    before: float
    after: float
    more: int
    elsewhere: float

    @property
    def value(self) -> Number:
        """What the setting is changed to."""
        return self.near.short


def candidates(found: Sequence[Near]) -> list[Near]:
    """The nearest series of each rule and setting, the nearest first; not more than are tried."""
    best: dict[tuple[str, str, bool], Near] = {}
    for near in found:
        best.setdefault((near.rule.name, near.slack.setting, near.slack.loosest < near.slack.limit), near)
    return list(best.values())[:TRIED]


def proposals(
    history: RowHistory, stretch: MinuteRange, rules: RuleSet, base: Judgement, nears: Sequence[Near], editor: Editor,
    progress: Progress,
) -> list[Proposal]:  # fmt: skip
    """Those of the changes that do catch it when all the rows are judged with them, the cheapest first."""
    found = []
    for near in nears:
        edit = editor.edit(near.rule, near.slack.setting, near.short)
        if edit is None:
            progress(history.steps)
            continue
        loosened = _with(rules, near)
        judgement = judge(history, lambda _, loosened=loosened: loosened, progress)  # type: ignore[misc]
        caught = tuple(incident for incident in judgement.incidents if stretch.overlaps(incident))
        if caught:
            more = len(judgement.incidents) - len(base.incidents)
            elsewhere = (more - len(caught)) / base.days
            found.append(Proposal(near, edit, caught, base.a_day, judgement.a_day, more, elsewhere))
    return sorted(found, key=lambda each: (each.elsewhere, -each.near.nearness))


def _with(rules: RuleSet, near: Near) -> RuleSet:
    new = changed(near.rule, near.slack.setting, near.short)
    return replace(rules, rules=tuple(new if rule.name == near.rule.name else rule for rule in rules.rules))

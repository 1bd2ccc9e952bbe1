"""The explanation: what was said in the stretch, how near the rules came, and what would have caught it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from floodmark.analysis.explain.edit import Editor
from floodmark.analysis.explain.history import Judgement, MinuteRange, Progress, RowHistory, judge
from floodmark.analysis.explain.probe import Near, Nearest
from floodmark.analysis.explain.proposals import Proposal, candidates, proposals
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet

DEAR: Final = 1.0
"""More than so many alerts a day beside the one that is wanted are no change to make."""
BeginProgress = Callable[[str, int], Progress]
"""Begins a piece of work: what it is, and how many minutes it has; gives what is to be told of them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came of a stretch.

    Args:
        rules: The rules.
        stretch: The minutes in question.
        base: What the rules say of all the rows.
        fired: The incidents that showed themselves in the stretch.
        nears: By which one setting which rule would have fired on which series, the nearest first.
        apart: How near the others came, that no setting alone would have made fire.
        tried: How many changes were tried on all the rows.
        proposals: Those that catch it, the cheapest first; not looked for when something has fired.
    """

    rules: RuleSet
    stretch: MinuteRange
    base: Judgement
    fired: tuple[Incident, ...]
    nears: tuple[Near, ...]
    apart: tuple[Near, ...]
    tried: int
    proposals: tuple[Proposal, ...]

    @property
    def nearest(self) -> list[Near]:
        """The nearest setting of each rule and series, the nearest first."""
        best: dict[tuple[str, str, str, str], Near] = {}
        for near in sorted((*self.nears, *self.apart), key=lambda near: -near.nearness):
            best.setdefault((near.rule.name, near.scope, near.dimension, near.key), near)
        return list(best.values())

    @property
    def is_dear(self) -> bool:
        """Whether even the cheapest change costs more alerts than it is worth."""
        return bool(self.proposals) and self.proposals[0].elsewhere > DEAR


def explain(
    history: RowHistory, stretch: MinuteRange, rules: RuleSet, editor: Editor, stage: BeginProgress
) -> Explanation:
    """Explain the stretch, which lies within the history."""
    nearest = Nearest(stretch)
    progress = stage("looking how near the rules came", history.steps)
    base = judge(history, lambda scope: nearest.probed(rules, scope), progress)
    fired = tuple(incident for incident in base.incidents if stretch.overlaps(incident))
    nears, apart = tuple(nearest.found), tuple(nearest.apart)
    if fired:
        return Explanation(rules, stretch, base, fired, nears, apart, 0, ())
    tries = candidates(nears)
    progress = stage(f"trying {len(tries)} changes on all the rows", history.steps * len(tries))
    found = proposals(history, stretch, rules, base, tries, editor, progress)
    return Explanation(rules, stretch, base, fired, nears, apart, len(tries), tuple(found))


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation for programs."""
    from floodmark.analysis.compare.comparison import instant, plain

    def incidents(listed: Sequence[Incident]) -> list[dict[str, Any]]:
        return [{**plain(incident), "because": list(incident.because)} for incident in listed]

    def nears(listed: Sequence[Near]) -> list[dict[str, Any]]:
        return [
            {
                "rule": near.rule.name,
                "scope": near.scope,
                "dimension": near.dimension,
                "key": near.key,
                "setting": near.slack.setting,
                "limit": near.slack.limit,
                "value": near.value,
                "nearness": round(near.nearness, 4),
                "minute": instant(near.minute).isoformat(),
                "alone": near.alone,
                "because": near.because,
            }
            for near in listed
        ]

    return {
        "rule_set": explanation.rules.name,
        "version": explanation.rules.version,
        "from": instant(explanation.stretch.first).isoformat(),
        "to": instant(explanation.stretch.last + 1).isoformat(),
        "days": explanation.base.days,
        "incidents_a_day": round(explanation.base.a_day, 3),
        "fired": incidents(explanation.fired),
        "nearest": nears((*explanation.nears, *explanation.apart)),
        "tried": explanation.tried,
        "proposals": [
            {
                "rule": each.near.rule.name,
                "setting": each.near.slack.setting,
                "old": each.near.slack.limit,
                "new": each.value,
                "file": str(each.edit.path),
                "line": each.edit.line,
                "is_written": bool(each.edit.old),
                "incidents_a_day": round(each.after, 3),
                "more_incidents": each.more,
                "more_a_day_elsewhere": round(each.elsewhere, 3),
                "caught": incidents(each.caught),
            }
            for each in explanation.proposals
        ],
    }

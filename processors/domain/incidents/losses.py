"""What the findings of a minute say is lost, and how severe the rules that found it call it by themselves."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from processors.domain.incidents.memory import ScopeMemory
from processors.domain.incidents.reckoning import Loss
from processors.domain.rules import Finding
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from processors.domain.severity import CRITICAL, INFO, WARNING
from processors.domain.window import STATUS
from schemas.severity import Severity

_BELOW: Final[dict[Severity, float]] = {"info": WARNING - 0.1, "warning": CRITICAL - 0.1, "critical": 100.0}
"""The highest score of each severity."""


def rank(finding: Finding) -> tuple[float, float, str]:
    """What orders findings of one minute: how far beyond its limit each lies."""
    return finding.weight, finding.score, finding.rule


def loss_of(memory: ScopeMemory, series: SeriesKey, findings: Sequence[Finding], total: int) -> Loss:
    """Transactions that are lost by these findings of a series that is in an incident.

    That is what did not come, or else what went wrong beyond the usual. While the volume is down, what has gone wrong
    is what there is beyond the usual of the whole volume, for what is missing is lost already. Silence of one status
    is no loss, and neither is a code: it explains a status. `total` is what the minute holds.
    """
    best = max(findings, key=lambda finding: (finding.expected > 0, *rank(finding)))
    of = _should_have_come(memory, best.window, total)
    if series == VOLUME_SERIES:
        if not memory.members[series].level:  # found by what other days had, not by a level
            of = (best.expected / len(of),) * len(of)
        missing = tuple(whole - count for whole, count in zip(of, memory.model.volume.totals[-len(of) :], strict=True))
        return Loss(max(0.0, best.expected - best.observed), missing, of)
    if series.dimension != STATUS or not best.expected or memory.members[series].excess < 1:
        return Loss(0.0, (0.0,), of[-1:])
    wrong = _gone_wrong(memory, series, best, of)
    return replace(wrong, whole=max(0.0, sum(wrong.lost))) if VOLUME_SERIES in memory.members else wrong


def least_of(rules: RuleSet, findings: Iterable[Finding]) -> float:
    """The score below which an incident with these findings does not fall.

    Rules that hold a value against a limit of their file say how severe it is to be beyond it. Those that learn what
    is normal say only how sure they are: a warning is due, unless they say that it is none.
    """
    return max(_least(rules, finding) for finding in findings)


def _least(rules: RuleSet, finding: Finding) -> float:
    if finding.rule in rules.learning:
        return INFO if finding.severity == "info" else WARNING
    return min(finding.score, _BELOW[finding.severity])


def _should_have_come(memory: ScopeMemory, window: int, total: int) -> tuple[float, ...]:
    """What the scope should have had in each of the last minutes, oldest first; in this one where no model knows."""
    volume, outage = memory.model.volume, memory.members.get(VOLUME_SERIES)
    totals = volume.totals[-window:]
    if not totals:
        return (float(total),)
    if outage is None or not outage.level:
        return tuple(map(float, totals))
    parts = [1.0] * len(totals) if outage.plain else [part or 0.0 for part in volume.profile[-len(totals) :]]
    return tuple(outage.level * part for part in parts)


def _gone_wrong(memory: ScopeMemory, series: SeriesKey, best: Finding, of: tuple[float, ...]) -> Loss:
    whole = max(0.0, best.observed - best.expected)
    own = memory.model.shares.get(series.dimension, {}).get(series.key)
    if own is None or len(own.counts) < len(of):
        return Loss(whole, (whole / len(of),) * len(of), of)
    counts, totals = own.counts[-len(of) :], memory.model.totals[series.dimension][-len(of) :]
    share = best.expected / max(1, sum(totals))
    each = zip(counts, totals, of, strict=True)
    return Loss(whole, tuple(count - share * max(float(all_), should) for count, all_, should in each), of)

"""From the findings of a minute to incidents: one for each cause, opened once, followed, and ended.

A rule set says whether all that goes wrong in a scope at one time belongs to one incident. If so, the series that lies
furthest beyond its limit leads it, and others that join are its members. Keys of a facet (auth codes) speak for the
status that they are facets of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from processors.domain.incidents.attribution import causes, effects, ranked
from processors.domain.incidents.carrying import NONE_CARRIED, Carried, named
from processors.domain.incidents.incident import Incident, Step, opened, quiet, seen_again
from processors.domain.incidents.inhibition import inhibited
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.incidents.rebound import Rebound
from processors.domain.rules import Finding, Member
from processors.domain.rules.base import LONGEST
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import STATUS, VOLUME_SERIES

_TOGETHER = "*"
_GONE = 0.1
"""Observed over expected volume up to which no level is a new one: an outage stays an outage."""


@dataclass(slots=True)  # not frozen: that would cost more than all that is in it
class Look:
    """One series in one minute, and what the rules found."""

    series: str
    verdict: MinuteVerdict
    findings: Sequence[Finding]


def follow(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    minute: int,
    looks: Sequence[Look],
    notes: tuple[str, ...] = (),
    told: Carried = NONE_CARRIED,
) -> list[tuple[Step, Incident]]:
    """Move the incidents of the scope on by one minute, in place; what is to be said of them.

    `notes` are said of whatever is seen in this minute, beside what the rules say; `told`: see domain.carrying.
    """
    if not (memory.members or memory.incidents or memory.rebound) and not any(look.findings for look in looks):
        return []
    known = {look.series: look for look in looks}
    found: list[Look] = []
    for look in looks:
        if look.findings and not _is_explained(rules, memory, look.series):
            if _is_new_level(rules, memory, look, minute):
                memory.model.accept(_accepted(rules, memory, look.series), minute)
            else:
                _join(rules, memory, look, minute)
                found.append(look)
    lost_in = {look.series: _lost(memory, look) for look in found}
    _weigh_volume(memory)
    ended = [series for series, member in memory.members.items() if minute - member.seen >= rules.resolve_after]
    for series in ended:
        del memory.members[series]
        memory.model.forget(family(rules, memory, series), minute)
    if ended:
        fresh = {series: at for series, at in memory.ended.items() if minute - at < LONGEST}
        memory.ended = fresh | {name: minute for series in ended for name in (series, parent_of(rules, series))}
    steps: list[tuple[Step, Incident]] = list(_rebounded(rules, memory, minute, found))
    for group in sorted({*memory.incidents, *(_group(rules, look.series) for look in found)}):
        mine = [look for look in found if _group(rules, look.series) == group]
        steps += _move(rules, memory, scope, minute, group, mine, known, lost_in, notes, told)
    return inhibited(memory, steps) if rules.inhibit else steps


def family(rules: RuleSet, memory: ScopeMemory, series: str) -> list[str]:
    """The series whose counts are not to be trusted while this one is in an incident, itself among them."""
    if series == VOLUME_SERIES:
        return [VOLUME_SERIES, *(f"{d}|{key}" for d, keys in memory.model.shares.items() for key in keys)]
    parent = parent_of(rules, series)
    facets = [d for d, key in rules.facets.items() if f"{STATUS}|{key}" == parent]
    return [parent, *(f"{d}|{key}" for d in facets for key in memory.model.shares.get(d, {}))] if facets else [series]


def parent_of(rules: RuleSet, series: str) -> str:
    """The status that the series is a facet of; itself when it is none."""
    parent = rules.facets.get(series.partition("|")[0])
    return f"{STATUS}|{parent}" if parent else series


def barred(rules: RuleSet, memory: ScopeMemory, minute: int) -> Iterator[str]:
    """The series that must not learn in this minute: those in incidents, until they are old enough to be normal.

    The volume learns only from what is accepted as its new level, so that an outage of hours is no habit of the day.
    """
    for series, member in memory.members.items():
        if minute - member.since < rules.baseline.relearn_after or series == VOLUME_SERIES:
            yield from family(rules, memory, series)


def _is_new_level(rules: RuleSet, memory: ScopeMemory, look: Look, minute: int) -> bool:
    """Whether what is found has lasted for so long that it is what is normal from now on."""
    member = memory.members.get(look.series)
    if member is None or minute - member.since < rules.baseline.relearn_after:
        return False
    if not all(rules.rule(finding.rule).learns for finding in look.findings):
        return False
    best = max(look.findings, key=_rank)
    return look.series != VOLUME_SERIES or best.observed > best.expected * _GONE


def _accepted(rules: RuleSet, memory: ScopeMemory, series: str) -> list[str]:
    return [series] if series == VOLUME_SERIES else family(rules, memory, series)


def _is_explained(rules: RuleSet, memory: ScopeMemory, series: str) -> bool:
    """Whether the series is a facet of one that is in an incident already."""
    parent = parent_of(rules, series)
    return rules.group and parent != series and parent in memory.members and series not in memory.members


def _group(rules: RuleSet, series: str) -> str:
    return _TOGETHER if rules.group else series


def _join(rules: RuleSet, memory: ScopeMemory, look: Look, minute: int) -> None:
    member = memory.members.get(look.series)
    best = max(look.findings, key=_rank)
    names = tuple(sorted(finding.rule for finding in look.findings))
    if member is not None:
        memory.members[look.series] = replace(member, seen=minute, rules=tuple(sorted({*member.rules, *names})))
        return
    excess = best.observed / best.expected if best.expected else 1.0
    memory.members[look.series] = Member(
        minute - best.window + 1, minute, minute, excess, best.level, best.plain, names
    )
    memory.model.bar(family(rules, memory, look.series), best.window + 1)


def _move(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    minute: int,
    group: str,
    found: Sequence[Look],
    known: dict[str, Look],
    lost_in: dict[str, float],
    notes: tuple[str, ...],
    told: Carried,
) -> Iterator[tuple[Step, Incident]]:
    incident = memory.incidents.get(group)
    members = [look.series for look in found]
    step: Step = "updated"
    if incident is None:
        first = max(found, key=lambda look: (max(map(_rank, look.findings)), look.series))
        lead = known.get(parent_of(rules, first.series), first) if rules.group else first
        decided_by = rules.identity([finding.rule for finding in first.findings])
        incident = opened(decided_by, scope, lead.verdict, _said(lead.series, [first, *found]), members)
        incident = named(incident, told)
        step = "firing"
    elif found:
        series = f"{incident.dimension}|{incident.key}"
        lead_now = known[series].verdict if series in known else replace(incident.seen, minute=minute)
        incident = seen_again(incident, lead_now, _said(series, found), members)
    else:
        incident = quiet(incident, minute, rules.resolve_after)
    if found:
        incident = replace(incident, because=(*incident.because, *notes))
        lost = sum(lost_in[series] for series in members)
        incident = _explained(rules, memory, incident, minute, lost, known)
        yield step, incident
    memory.incidents[group] = incident
    if incident.resolved:
        del memory.incidents[group]
        if memory.rebound is not None and VOLUME_SERIES in incident.members:
            memory.rebound = replace(memory.rebound, incident=incident)
        yield "resolved", incident


def _weigh_volume(memory: ScopeMemory) -> None:
    """While transactions are missing, and afterwards while more than usual come, the volume is held against its level.

    What comes back is no habit: it does not teach.
    """
    outage = memory.members.get(VOLUME_SERIES)
    if memory.rebound is None and outage is not None:
        memory.rebound = Rebound(outage.level, outage.plain)
    if memory.rebound is not None:
        memory.rebound = memory.rebound.after(memory.model.volume, is_missing=outage is not None)
        if memory.rebound.goes_on:
            memory.model.volume.bar(1)


def _rebounded(
    rules: RuleSet, memory: ScopeMemory, minute: int, found: Sequence[Look]
) -> Iterator[tuple[Step, Incident]]:
    """What came back is taken from the loss once it is all there, or when something new is wrong."""
    rebound = memory.rebound
    if rebound is None or (rebound.incident is None and VOLUME_SERIES in memory.members):
        return
    if rebound.goes_on and not (rebound.incident and found):
        return
    memory.rebound = None
    group = _group(rules, VOLUME_SERIES)
    if rebound.incident is None and group in memory.incidents:
        incident = memory.incidents[group]
        memory.incidents[group] = replace(incident, regained=incident.regained + rebound.regained)
    elif rebound.incident is not None and rebound.regained:
        regained = rebound.incident.regained + rebound.regained
        yield "resolved", replace(rebound.incident, judged=minute, regained=regained)


def _said(lead: str, looks: Sequence[Look]) -> list[Finding]:
    """The findings of these series, each once; those of others than the leading series say which they are about."""
    told: dict[str, list[Finding]] = {}
    for look in looks:
        name = "" if look.series == lead else f"{look.series.replace('|', ' ')}: "
        found = sorted(look.findings, key=_rank, reverse=True)
        told.setdefault(look.series, [replace(f, because=f"{name}{f.because}") for f in found])
    return [finding for findings in told.values() for finding in findings]


def _lost(memory: ScopeMemory, look: Look) -> float:
    """Transactions that a finding says are lost: what did not come, or else what went wrong beyond the usual.

    While the volume is down, what is missing there is the whole loss. Silence of one status is no loss.
    """
    best = max(look.findings, key=lambda finding: (finding.expected > 0, *_rank(finding)))
    if look.series == VOLUME_SERIES:
        return max(0.0, best.expected - best.observed)
    if VOLUME_SERIES in memory.members or look.verdict.dimension != STATUS or not best.expected:
        return 0.0
    if memory.members[look.series].excess < 1:
        return 0.0
    return max(0.0, best.observed - best.expected)


def _explained(
    rules: RuleSet, memory: ScopeMemory, incident: Incident, minute: int, lost: float, known: dict[str, Look]
) -> Incident:
    """The incident with what it has cost so far, and what explains it.

    By rules that do not learn, codes explain it by their counts in this minute and the means of the baseline.
    """
    series, outage = f"{incident.dimension}|{incident.key}", memory.members.get(VOLUME_SERIES)
    incident = replace(
        incident, lost=incident.lost + lost, lost_amount=incident.lost_amount + lost * memory.usual_amount
    )
    if not rules.learns:
        facets = {d for d, parent in rules.facets.items() if f"{STATUS}|{parent}" == series}
        seen = [look.verdict for look in known.values() if look.verdict.dimension in facets]
        return replace(incident, causes=ranked([(v.dimension, v.key, v.count, v.mean or 0.0) for v in seen]))
    return replace(
        incident,
        causes=causes(memory.model, rules.facets, series, minute, incident.since, outage),
        effects=effects(memory.model, series, minute, incident.since, outage),
    )


def _rank(finding: Finding) -> tuple[float, float, str]:
    return finding.weight, finding.score, finding.rule

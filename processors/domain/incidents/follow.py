"""From the findings of a minute to incidents: one for each cause, opened once, followed, and ended.

A rule set says whether all that goes wrong in a scope at one time belongs to one incident. If so, the series that lies
furthest beyond its limit leads it, and others that join are its members, but for those that begin later and by
themselves (see `several_causes`). Keys of a facet (auth codes) speak for the status that they are facets of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from processors.domain.incidents.attribution import causes, effects, missing, ranked
from processors.domain.incidents.carrying import named
from processors.domain.incidents.incident import Incident, Transition, opened, quiet, seen_again, weighed
from processors.domain.incidents.inhibition import inhibited
from processors.domain.incidents.losses import least_of, loss_of, rank
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.rebound import Rebound
from processors.domain.incidents.reckoning import Loss
from processors.domain.incidents.several_causes import group_for
from processors.domain.rules import Finding, Member
from processors.domain.rules.base import MAX_WINDOW
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import STATUS

_PATIENCE = 120
"""Minutes."""
_RELEARNS_HOURS = 1440
"""Minutes after which what hours have shown is what is normal: a few transactions an hour say nothing earlier."""
_EVEN = 3
"""Minutes that hold most of what is expected, where what comes back can be told from what comes in bulk."""
_GONE = 0.1
"""Observed over expected volume up to which no level is a new one: an outage stays an outage."""


class Look(msgspec.Struct, frozen=True, gc=False):
    """One series in one minute, and what the rules found."""

    series: SeriesKey
    verdict: MinuteVerdict
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen in a minute.

    Args:
        minute: Its number.
        looks: Every series of the scope.
        losses: What is lost, by the series of what was found and is in an incident.
        notes: Said of whatever is seen, beside what the rules say.
    """

    minute: int
    looks: Mapping[SeriesKey, Look]
    losses: Mapping[SeriesKey, Loss]
    notes: tuple[str, ...]


def follow(
    scope: JudgedScope, minute: int, looks: Sequence[Look], notes: tuple[str, ...] = ()
) -> list[tuple[Transition, Incident]]:
    """Move the incidents of the scope on by one minute, in place; what is to be said of them.

    `notes` are said of whatever is seen in this minute, beside what the rules say.
    """
    memory = scope.memory
    if not (memory.members or memory.incidents or memory.rebound) and not any(look.findings for look in looks):
        return []
    found = _joined(scope, minute, looks)
    total = max((look.verdict.total for look in looks if look.series.dimension == STATUS), default=0)
    losses = {look.series: loss_of(memory, look.series, look.findings, total) for look in found}
    _weigh_volume(memory)
    _let_go(scope, minute)
    steps: list[tuple[Transition, Incident]] = list(_rebounded(scope, minute, is_found=bool(found)))
    seen = _Seen(minute, {look.series: look for look in looks}, losses, notes)
    by_group: dict[str, list[Look]] = {group: [] for group in memory.incidents}
    for look in found:
        by_group.setdefault(scope.group_of(look.series), []).append(look)
    for group in sorted(by_group):
        steps += _moved(scope, seen, group, by_group[group])
    return inhibited(memory, steps) if scope.rules.inhibit else steps


# --- the series -------------------------------------------------------------------------------------------------------


def _joined(scope: JudgedScope, minute: int, looks: Sequence[Look]) -> list[Look]:
    """What was found and is in an incident: it joins one now, or goes on in it; what is normal by now leaves."""
    found: list[Look] = []
    for look in looks:
        if not look.findings or _is_explained(scope, look.series):
            continue
        if _is_new_level(scope, look, minute):
            is_volume = look.series == VOLUME_SERIES
            scope.memory.model.accept([look.series] if is_volume else scope.family(look.series), minute)
        else:
            _join(scope, look, minute)
            found.append(look)
    return found


def _is_explained(scope: JudgedScope, series: SeriesKey) -> bool:
    """Whether the series is a facet of one that is in an incident already."""
    parent, members = scope.rules.parent_of(series), scope.memory.members
    return scope.rules.group and parent != series and parent in members and series not in members


def _is_new_level(scope: JudgedScope, look: Look, minute: int) -> bool:
    """Whether what is found has lasted for so long that it is what is normal from now on."""
    rules, member = scope.rules, scope.memory.members.get(look.series)
    if member is None or minute - member.since < rules.baseline.relearn_after:
        return False
    if member.patience and minute - member.opened < _RELEARNS_HOURS:
        return False
    if not all(rules.rule(finding.rule).learns for finding in look.findings):
        return False
    best = max(look.findings, key=rank)
    return look.series != VOLUME_SERIES or best.observed > best.expected * _GONE


def _join(scope: JudgedScope, look: Look, minute: int) -> None:
    memory = scope.memory
    member = memory.members.get(look.series)
    best = max(look.findings, key=rank)
    names = tuple(sorted(finding.rule for finding in look.findings))
    if member is not None:
        memory.members[look.series] = replace(member, seen=minute, rules=tuple(sorted({*member.rules, *names})))
        return
    excess = best.observed / best.expected if best.expected else 1.0
    group = group_for(scope, look.series, best, excess, minute) if scope.rules.group else ""
    memory.members[look.series] = Member(
        minute - best.window + 1, minute, minute, excess, best.level, best.plain, names, group, _patience(look, best)
    )
    memory.model.bar(scope.family(look.series), best.window + 1)


def _patience(look: Look, best: Finding) -> int:
    """How long what hours have shown may show nothing new; what is silent for hours shows in each minute that it is."""
    return 0 if look.series == VOLUME_SERIES or best.window <= MAX_WINDOW else min(best.window // 2, _PATIENCE)


def _let_go(scope: JudgedScope, minute: int) -> None:
    """The series in which nothing was found for long enough are in no incident any more."""
    rules, memory = scope.rules, scope.memory
    ended = [
        series
        for series, member in memory.members.items()
        if minute - member.seen >= max(rules.resolve_after, member.patience)
    ]
    for series in ended:
        del memory.members[series]
        memory.model.forget(scope.family(series), minute)
    if ended:
        fresh = {series: at for series, at in memory.ended.items() if minute - at < MAX_WINDOW}
        memory.ended = fresh | {each: minute for series in ended for each in (series, rules.parent_of(series))}


# --- the incidents ----------------------------------------------------------------------------------------------------


def _moved(scope: JudgedScope, seen: _Seen, group: str, found: Sequence[Look]) -> Iterator[tuple[Transition, Incident]]:
    """One incident, or the one that begins, one minute on."""
    memory = scope.memory
    open_incident = memory.incidents.get(group)
    step: Transition = "updated" if open_incident else "firing"
    if open_incident is None:
        incident = _opened(scope, seen, found)
    elif found:
        incident = _seen_again(seen, open_incident, found)
    else:
        patience = [each.patience for series, each in memory.members.items() if series.name in open_incident.members]
        incident = quiet(open_incident, seen.minute, max([scope.rules.resolve_after, *patience]))
    if found:
        if seen.notes:
            incident = replace(incident, because=(*incident.because, *seen.notes))
        yield step, (incident := _explained(scope, seen, _weighed(scope, seen, incident, found)))
    memory.incidents[group] = incident
    if incident.resolved:
        del memory.incidents[group]
        if memory.rebound is not None and VOLUME_SERIES.name in incident.members:
            memory.rebound = replace(memory.rebound, incident=incident)
        yield "resolved", incident


def _opened(scope: JudgedScope, seen: _Seen, found: Sequence[Look]) -> Incident:
    """The incident that begins, under the id that it was told of before, if it was."""
    rules = scope.rules
    first = max(found, key=lambda look: (max(map(rank, look.findings)), look.series.name))
    lead = seen.looks.get(rules.parent_of(first.series), first) if rules.group else first
    decided_by = rules.identity([finding.rule for finding in first.findings])
    findings, members = _findings_of(lead.series, [first, *found]), [look.series.name for look in found]
    incident = opened(decided_by, scope.name, lead.verdict, findings, members)
    return named(incident, scope.carried) if scope.carried else incident


def _seen_again(seen: _Seen, incident: Incident, found: Sequence[Look]) -> Incident:
    series = SeriesKey(incident.dimension, incident.key)
    lead = seen.looks[series].verdict if series in seen.looks else replace(incident.seen, minute=seen.minute)
    return seen_again(incident, lead, _findings_of(series, found), [look.series.name for look in found])


def _findings_of(lead: SeriesKey, looks: Sequence[Look]) -> list[Finding]:
    """The findings of these series, each once; those of others than the leading series say which they are about."""
    by_series: dict[SeriesKey, list[Finding]] = {}
    for look in looks:
        name = "" if look.series == lead else f"{look.series.words}: "
        found = sorted(look.findings, key=rank, reverse=True)
        by_series.setdefault(look.series, [replace(f, because=f"{name}{f.because}") for f in found])
    return [finding for findings in by_series.values() for finding in findings]


def _explained(scope: JudgedScope, seen: _Seen, incident: Incident) -> Incident:
    """The incident with what explains it.

    By rules that do not learn, codes explain it by their counts in this minute and the means of the baseline.
    """
    rules, model = scope.rules, scope.memory.model
    series, outage = SeriesKey(incident.dimension, incident.key), scope.memory.members.get(VOLUME_SERIES)
    if not rules.learns:
        facets = rules.facets_of(series)
        codes = [look.verdict for look in seen.looks.values() if look.verdict.dimension in facets]
        return replace(incident, causes=ranked([(v.dimension, v.key, v.count, v.mean or 0.0) for v in codes]))
    where = model, rules.facets, series, seen.minute, incident.since
    return replace(
        incident,
        causes=missing(*where) if _is_silence(scope, incident) else causes(*where, outage),
        effects=effects(model, series, seen.minute, incident.since, outage),
    )


def _is_silence(scope: JudgedScope, incident: Incident) -> bool:
    """Whether all that is in it now are keys that have fallen."""
    members = [(series, member) for series, member in scope.memory.members.items() if series.name in incident.members]
    return all(series != VOLUME_SERIES and member.excess < 1 for series, member in members)


# --- what it costs ----------------------------------------------------------------------------------------------------


def _weighed(scope: JudgedScope, seen: _Seen, incident: Incident, found: Sequence[Look]) -> Incident:
    """The incident with what this minute adds to its loss, and as severe as that makes it."""
    losses = [seen.losses[look.series] for look in found]
    least = least_of(scope.rules, (finding for look in found for finding in look.findings))
    return weighed(incident, losses, scope.memory.usual_amount, scope.rules.severity, least)


def _weigh_volume(memory: ScopeMemory) -> None:
    """While transactions are missing, and afterwards while more than usual come, the volume is held against its level.

    What comes back is no habit: it does not teach.
    """
    outage = memory.members.get(VOLUME_SERIES)
    if memory.rebound is None and outage is not None and memory.model.volume.steady_from <= _EVEN:
        memory.rebound = Rebound(outage.level, outage.plain)
    if memory.rebound is not None:
        memory.rebound = memory.rebound.after(memory.model.volume, is_missing=outage is not None)
        if memory.rebound.goes_on:
            memory.model.volume.bar(1)


def _rebounded(scope: JudgedScope, minute: int, *, is_found: bool) -> Iterator[tuple[Transition, Incident]]:
    """What came back is taken from the loss once it is all there, or when something new is wrong."""
    memory, rebound = scope.memory, scope.memory.rebound
    if rebound is None or (rebound.incident is None and VOLUME_SERIES in memory.members):
        return
    if rebound.goes_on and not (rebound.incident and is_found):
        return
    memory.rebound = None
    group = next((g for g, each in memory.incidents.items() if VOLUME_SERIES.name in each.members), None)
    if rebound.incident is None and group is not None:
        incident = memory.incidents[group]
        memory.incidents[group] = replace(incident, regained=incident.regained + rebound.regained)
    elif rebound.incident is not None and rebound.regained:
        regained = rebound.incident.regained + rebound.regained
        yield "resolved", replace(rebound.incident, judged=minute, regained=regained)

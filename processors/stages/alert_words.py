"""What an alert says in one sentence, for whoever is paged."""

from processors.domain.incidents.incident import Incident
from processors.domain.judging.silence import is_given_up
from processors.domain.judging.timeline_state import Acknowledged, StatedIncident
from processors.domain.rules.base import instead_of
from processors.domain.series_key import SeriesKey
from processors.domain.window import STATUS, STREAM, VOLUME, start_ms
from processors.stages.advice import MAIN_PERCENT
from processors.stages.severity_words import why
from schemas.durations import minutes_long
from schemas.instants import clock, from_ms, instant


def summary(stated: StatedIncident) -> str:
    """What is said of the incident now: what is wrong, that somebody is on it, or how it ended."""
    incident = stated.incident
    if stated.state == "resolved":
        words = "; ".join(_ended(incident))
    elif stated.state == "withdrawn":
        words = "taken back; late data have shown that nothing was wrong"
    elif stated.state == "acknowledged" and stated.acknowledged is not None:
        words = "; ".join([_taken(stated.acknowledged), *_so_far(incident)])
    elif stated.state == "firing":
        words = "; ".join([*_clauses(incident), *_explained(incident), *_severe(incident)])
    else:
        words = "; ".join([*_so_far(incident), *_severe(incident)])
    return f"{_subject(incident)}{', corrected' if stated.state == 'amended' else ''}: {words}"


def _subject(incident: Incident) -> str:
    if incident.dimension == STREAM:
        return f"stream of {incident.scope} {incident.key.replace('_', ' ')}"
    return f"{_words(incident.dimension, incident.key)} in {incident.scope}"


def _words(dimension: str, key: str) -> str:
    """A series as people call it: a status by its own name, anything else by what it is."""
    if dimension == VOLUME:
        return "volume"
    return key if dimension == STATUS else f"{dimension.replace('_', ' ')} {key}"


def _clauses(incident: Incident) -> list[str]:
    """What the rules say of its own series, then what they say of others, each thing once.

    Several of them see the same count, and say no more than that of it: `50 in one minute; the limit is 20; the limit
    is 5`. What is said of another series begins with its name.
    """
    others = {f"{series.words}: ": f"{_words(*series)}: " for series in map(SeriesKey.of, incident.members)}
    own: dict[str, dict[str, None]] = {}
    further: dict[str, dict[str, None]] = {}
    for because in incident.because:
        prefix = next((prefix for prefix in others if because.startswith(prefix)), "")
        seen, *rest = because.removeprefix(prefix).split("; ")
        place = further if prefix else own
        place.setdefault(f"{others.get(prefix, '')}{seen}", {}).update(dict.fromkeys(rest))
    return ["; ".join([seen, *rest]) for seen, rest in (*own.items(), *further.items())]


def _so_far(incident: Incident) -> list[str]:
    """The incident as a whole: since when, how bad it was and is, and what explains it.

    Of the stream, and of what a rule has found that knows of nothing usual, all is in the words of who found it.
    """
    usual = incident.seen.expected
    if incident.dimension == STREAM or usual is None:
        return _clauses(incident)
    began = from_ms(start_ms(incident.since))
    words = [f"since {clock(began)} UTC, {minutes_long(incident.last_seen - incident.since + 1)} so far"]
    now = f"{incident.seen.count:,} in the last one, {instead_of(usual)}"
    if incident.dimension == VOLUME or incident.peak <= usual:
        return [*words, now, *_explained(incident)]
    return [*words, f"{incident.peak:,} in a minute at its peak, {now}", *_explained(incident)]


def _explained(incident: Incident) -> list[str]:
    """What is behind most of it, if anything is."""
    if not incident.causes or incident.causes[0].percent < MAIN_PERCENT:
        return []
    cause = incident.causes[0]
    return [f"{_words(cause.dimension, cause.key)} explains {cause.percent:.0f} % of it"]


def _severe(incident: Incident) -> list[str]:
    because = why(incident)
    return [because] if because else []


def _taken(by: Acknowledged) -> str:
    ends = None if by.until_ms is None else from_ms(by.until_ms)
    until = "" if ends is None else f" until {instant(ends)}"
    return f"{by.by} is on it{until}" + (f" ({by.note})" if by.note else "")


def _ended(incident: Incident) -> list[str]:
    """That it is over, after how long, or that its scope is gone; how bad it was, what it cost, what was behind it."""
    minutes = incident.last_seen - incident.since + 1
    words = [*incident.because] if is_given_up(incident) else [f"over after {minutes_long(minutes)}"]
    if incident.dimension == STREAM and incident.key == "gone":
        words = [*incident.because, f"minutes are whole again after {minutes_long(minutes)}"]
    usual = incident.seen.expected or 0.0
    if incident.dimension not in (STREAM, VOLUME) and incident.peak > usual:
        words.append(f"{incident.peak:,} in a minute at its peak")
    if incident.lost >= 1:
        back = f", of which {incident.came_back:.0%} came back" if incident.regained else ""
        words.append(f"{incident.lost:,.0f} transactions lost{back}")
    return [*words, *_explained(incident)]

"""The report in plain sentences, as an analyst would write it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from floodmark.analysis.checkout.comparison import ComparedHour
from floodmark.analysis.checkout.day import LABELS, NOUNS, Day, numbers
from floodmark.analysis.checkout.runs import CheckoutIncident
from floodmark.analysis.checkout.wording import chance, clock, each, hours, joined, of, percent
from runtime.numbers import about

_PROBABLY: Final = log(0.02)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """An incident: a title, and sentences by what they tell."""

    title: str
    sentences: dict[str, str]


@dataclass(frozen=True, slots=True)
class CheckoutReport:
    """The whole report: a headline, a paragraph for each incident, and how it was found."""

    headline: str
    incidents: tuple[Paragraph, ...]
    notes: tuple[str, ...]


def tell(day: Day) -> CheckoutReport:
    """The day in words."""
    paragraphs = tuple(_paragraph(day, incident) for incident in day.incidents)
    if not paragraphs:
        headline = "No incident: every hour is within what earlier days let expect."
    elif len(paragraphs) == 1:
        headline = f"1 incident: {paragraphs[0].title}."
    else:
        headline = f"{len(paragraphs)} incidents: {'; '.join(p.title for p in paragraphs)}."
    return CheckoutReport(headline, paragraphs, tuple(_notes(day)))


def _paragraph(day: Day, incident: CheckoutIncident) -> Paragraph:
    rest = [hour for hour in day.hours if hour.slot.at > (*incident.slots, *incident.after)[-1].slot.at]
    title = f"{NOUNS[incident.kind]} {hours(incident.slots)}"
    sentences = {"what": _what(incident), "since": _since(incident), "until": _until(incident, rest)}
    if incident.kind == "rise":
        sentences["how much"] = f"About {about(incident.gross)} too many{_beside(incident)}."
    else:
        if incident.rebound:
            title += f", rebound {hours(incident.rebound.slots)}"
        elif _next(rest):
            title += ", no rebound"
        sentences["lost"] = _lost(incident)
        sentences["after"] = _after(incident, rest)
    sentences["how sure"] = f"Chance alone would do this in {chance(incident.log_tail)} cases."
    return Paragraph(title, sentences)


def _what(incident: CheckoutIncident) -> str:
    usual = incident.expected
    share = abs(incident.seen / usual.count.mean - 1)
    many = "too many for a day as busy as this one"
    side = (
        "nothing at all" if not incident.seen else f"{percent(share)} {many if incident.kind == 'rise' else 'too few'}"
    )
    return (
        f"{incident.seen:,} seen where about {about(usual.count.mean)} were expected (95 % of the time "
        f"{usual.low:,} to {usual.high:,}): {side}. By hour: {each(incident.slots)}."
    )


def _since(incident: CheckoutIncident) -> str:
    slot = incident.slots[0].slot
    first = slot.name
    if not incident.before:
        return f"Since {first:02} h; the hour before was in line." if slot.at else "Since 00 h or before."
    edge = incident.before[-1]
    return f"Since {first:02} h. {_edge(incident, edge, 'already', 'began')}"


def _until(incident: CheckoutIncident, rest: Sequence[ComparedHour]) -> str:
    last = incident.slots[-1].slot.name
    if incident.after:
        return f"Until {last:02} h. {_edge(incident, incident.after[0], 'still', 'ended')}"
    if _next(rest) is None:
        return f"Until {last:02} h at least: no later hour is known, so it may be going on."
    return f"Until {last:02} h; it was over by the next hour that is known."


def _edge(incident: CheckoutIncident, edge: ComparedHour, when: str, what: str) -> str:
    """What to say of a suspect hour beside it. In an outage, the part that was seen tells when in that hour."""
    high = incident.kind == "rise"
    at, tail = edge.slot.name, edge.log_above if high else edge.log_below
    sure = "probably" if tail <= _PROBABLY else "perhaps"
    text = f"{at:02} h was {when} {'high' if high else 'low'} ({of(edge)}), so it {sure} {what} within that hour"
    if incident.kind == "outage" and edge.expected is not None and edge.slot.seen is not None:
        seen = min(edge.slot.seen / edge.expected.count.mean, 1.0)
        text += f", at about {clock(at, seen if what == 'began' else 1 - seen)}"
    return f"{text}."


def _lost(incident: CheckoutIncident) -> str:
    low, high = (max(bound - incident.seen, 0) for bound in (incident.expected.low, incident.expected.high))
    return f"Gross loss: about {about(incident.gross)} ({low:,} to {high:,}){_beside(incident)}."


def _beside(incident: CheckoutIncident) -> str:
    beside = len(incident.before) + len(incident.after)
    if not beside:
        return ""
    return f", and about {about(incident.edges)} more in the {'hour' if beside == 1 else 'hours'} beside it"


def _after(incident: CheckoutIncident, rest: Sequence[ComparedHour]) -> str:
    back = incident.rebound
    if back is not None:
        sure = "Surely" if back.log_tail <= log(0.001) else "Probably" if back.log_tail <= log(0.05) else "Possibly"
        return (
            f"{sure} a rebound: {each(back.slots)}, more than on any day compared with; chance alone does that in "
            f"{chance(back.log_tail)} cases. So about {about(incident.returned)} came back, and the net loss is about "
            f"{about(incident.net)}."
        )
    net = f"The net loss is the gross loss, about {about(incident.net)}."
    following = _next(rest)
    if following is None:
        return f"Whether anything comes back is not known yet. {net}"
    return f"No rebound: {following.slot.name:02} h saw {of(following)} expected. {net}"


def _next(rest: Sequence[ComparedHour]) -> ComparedHour | None:
    """The next hour of which something is known."""
    return next((hour for hour in rest if hour.deviation is not None), None)


def _notes(day: Day) -> Iterator[str]:
    if day.elsewhere is not None:
        where = "In the other hours" if day.incidents else "All hours together,"
        yield f"{where} the day saw {percent(day.elsewhere)} of what was expected: {_fit(day.elsewhere)}."
    yield from _doubts(day)
    levels = day.comparison.levels
    used = [_named(n) + (f" × {levels[n]:.2f}" if n in levels else "") for n in day.checkout.baselines]
    yield (
        f"Expected is {'the median of ' if len(used) > 1 else ''}{joined(used)}"
        + (" (averages hold quiet days as well, so they are brought to the level of single days)." if levels else ".")
    )
    comparison = day.comparison
    source = (
        f"learned from {comparison.learned_from} hours of earlier days"
        if comparison.learned_from
        else "assumed, for no two earlier days can be compared"
    )
    yield (
        f"The spread is that of counts, plus {percent(comparison.dispersion**0.5)} for how days differ ({source}), "
        "plus more where the baselines disagree."
    )
    yield from day.checkout.notes


def _fit(share: float) -> str:
    if 0.8 <= share <= 1.25:
        return "the comparison fits the day"
    return f"a {'busier' if share > 1 else 'quieter'} day than those it is compared with, which losses do not allow for"


def _named(baseline: str) -> str:
    return LABELS[baseline] if baseline == "yesterday" else f"the {LABELS[baseline]}"


def _doubts(day: Day) -> Iterator[str]:
    for name in day.checkout.baselines:
        alone = [hour for hour in day.hours if hour.doubted == name]
        if alone:
            where = joined(
                [f"{n:02} h ({about(h.slot.baselines[name])})" for n, h in zip(numbers(alone), alone, strict=True)]
            )
            yield (
                f"{_named(name).capitalize()} is left out at {where}: it stands alone there, perhaps by an incident of "
                "its own."
            )

"""The report as JSON, for programs."""

from math import exp
from typing import Any

from floodmark.analysis.checkout.comparison import ComparedHour
from floodmark.analysis.checkout.day import Day, numbers
from floodmark.analysis.checkout.runs import CheckoutIncident
from floodmark.analysis.checkout.story import CheckoutReport


def as_json(day: Day, story: CheckoutReport) -> dict[str, Any]:
    """The report: hours 0 to 23, counts, probabilities (0 where they are too small for a number), and the sentences."""
    return {
        "file": str(day.checkout.path),
        "headline": story.headline,
        "incidents": [
            _incident(incident) | {"title": paragraph.title, "sentences": paragraph.sentences}
            for incident, paragraph in zip(day.incidents, story.incidents, strict=True)
        ],
        "hours": [_hour(hour, day) for hour in day.hours],
        "levels": {name: round(level, 4) for name, level in day.comparison.levels.items()},
        "dispersion": round(day.comparison.dispersion, 5),
        "dispersion_learned_from": day.comparison.learned_from,
        "share_of_expected_elsewhere": None if day.elsewhere is None else round(day.elsewhere, 4),
        "notes": list(story.notes),
    }


def _incident(incident: CheckoutIncident) -> dict[str, Any]:
    back = incident.rebound
    loss = incident.kind != "rise"
    return {
        "kind": incident.kind,
        "hours": numbers(incident.slots),
        "edges_before": numbers(incident.before),
        "edges_after": numbers(incident.after),
        "seen": incident.seen,
        "expected": round(incident.expected.count.mean, 2),
        "low": incident.expected.low,
        "high": incident.expected.high,
        "probability": exp(incident.log_tail),
        "gross_loss": round(incident.gross, 2) if loss else None,
        "gross_excess": None if loss else round(incident.gross, 2),
        "beside": round(incident.edges, 2),
        "rebound": None
        if back is None
        else {"hours": numbers(back.slots), "extra": round(back.extra, 2), "probability": exp(back.log_tail)},
        "net_loss": round(incident.net, 2) if loss else None,
    }


def _hour(hour: ComparedHour, day: Day) -> dict[str, Any]:
    usual, off = hour.expected, hour.deviation
    return {
        "hour": hour.slot.name,
        "seen": hour.slot.seen,
        "expected": None if usual is None else round(usual.count.mean, 2),
        "std": None if usual is None else round(usual.count.std, 2),
        "low": None if usual is None else usual.low,
        "high": None if usual is None else usual.high,
        "deviation": None if off is None else round(off, 2),
        "probability_so_few": None if off is None else exp(hour.log_below),
        "probability_so_many": None if off is None else exp(hour.log_above),
        "baselines": dict(hour.slot.baselines),
        "baselines_levelled": {name: round(value, 2) for name, value in hour.levelled.items()},
        "left_out": hour.doubted,
        "role": day.roles[hour.slot.at],
    }

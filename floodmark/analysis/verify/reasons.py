"""Why a recomputed alert may differ from the one that is stored."""

from collections.abc import Iterator
from typing import Final

from floodmark.analysis.verify.evidence import StoredEvidence
from floodmark.analysis.verify.recompute import Recomputed
from floodmark.analysis.verify.settings import Setting, doubts
from processors.domain.ruleset import RuleSet
from processors.domain.window import start_ms
from schemas.alert import Alert
from schemas.instants import instant_of_ms, stretch_of_ms

SHOWN: Final = 3


def reasons(alert: Alert, rules: RuleSet, made: Recomputed, settings: tuple[Setting, ...]) -> list[str]:
    """What is likely to be the reason, the most telling first."""
    seen = made.evidence
    if seen.first is None:
        return [f"No minute of {alert.scope} is stored up to then: does the sink write into this store?"]
    found = [
        *_changed(seen),
        *_left_out(seen),
        *doubts(alert, settings, seen.silence),
        *_history(alert, rules, seen),
        *_instead(alert, made),
    ]
    return found or ["Nothing about the minutes is odd. Was the alert raised by another release of Floodmark?"]


def _changed(seen: StoredEvidence) -> Iterator[str]:
    """What is wrong with the minutes themselves."""
    for odd in seen.odd[:SHOWN]:
        yield (
            f"The counts of {odd.dimension} at {_at(odd.minute)} add up to {odd.sum:,}, their total says "
            f"{odd.total:,}: a count was changed after it was stored, or a row is missing."
        )
    if len(seen.odd) > SHOWN:
        yield f"So it is in {len(seen.odd) - SHOWN:,} more minutes."
    for first, last in seen.missing[:SHOWN]:
        yield f"The minutes from {stretch_of_ms(start_ms(first), start_ms(last))} are missing in the store."
    if seen.revised:
        more = f" and {len(seen.revised) - 1:,} more" if len(seen.revised) > 1 else ""
        yield (
            f"The minute {_at(seen.revised[0])}{more} was stored anew after the alert was last said: late data. "
            "If the alert has changed with it, the news may not have reached the store yet."
        )


def _left_out(seen: StoredEvidence) -> Iterator[str]:
    """When minutes were not waited for."""
    for first, last in seen.left_out[-SHOWN:]:
        when = f"{_at(first)} on" if last is None else stretch_of_ms(start_ms(first), start_ms(last))
        yield (
            f"From {when} minutes were judged without a source partition, because more counts waited "
            "than FLOODMARK_WAITING allows. How many waited, and which of them were there when a minute was judged, no "
            "stored minute tells: what was said meanwhile cannot be recomputed for sure."
        )


def _history(alert: Alert, rules: RuleSet, seen: StoredEvidence) -> Iterator[str]:
    """What the judge knew and we do not."""
    assert seen.first is not None
    assert seen.last is not None
    if not seen.begins_anew:
        yield (
            f"The history does not reach back to where the worker began: the first stored minute is {_at(seen.first)}, "
            "and it was judged by earlier ones."
        )
    for version, last in seen.rule_sets.items():
        if version != rules.version:
            yield (
                f"The minutes up to {_at(last)} were judged by rule set {version}: what it remembered went into this "
                "alert and is not known here."
            )
    if seen.last < int(alert.timestamp.timestamp()) // 60:
        yield (
            f"The stored minutes end at {_at(seen.last)}, before that of the alert: is the sink behind, or has the "
            "minute not ended yet?"
        )
    if seen.otherwise is not None:
        first = seen.otherwise
        fields = ", ".join(
            f"{name} {_as_text(a)} stored, {_as_text(b)} recomputed" for name, (a, b) in first.fields.items()
        )
        series = f"{first.dimension} {first.key}"
        yield f"The first minute that is judged otherwise is {_at(first.minute)}, {series}: {fields}."


def _instead(alert: Alert, made: Recomputed) -> Iterator[str]:
    """The incident that there is instead of this one."""
    if made.statements:
        return
    since, last = (int(at.timestamp()) // 60 for at in (alert.since, alert.last_seen))
    for id_, statement in made.others.items():
        incident = statement.stated.incident
        if incident.since <= last and incident.judged >= since and statement.stated.state != "withdrawn":
            yield (
                f"Instead there is an incident of {incident.dimension} {incident.key} from {_at(incident.since)} on, "
                f"with the id {id_}."
            )


def _as_text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _at(minute: int) -> str:
    return instant_of_ms(start_ms(minute))

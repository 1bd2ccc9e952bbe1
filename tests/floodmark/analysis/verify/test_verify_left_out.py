"""Minutes that were judged without a source partition: what was said meanwhile may differ, and why."""

from datetime import UTC, datetime

from floodmark.analysis.verify.evidence import StoredEvidence
from floodmark.analysis.verify.reasons import reasons
from floodmark.analysis.verify.recompute import Recomputed, recompute
from floodmark.analysis.verify.settings import deciding
from processors.domain.incidents.stream_trust import LEFT_OUT, SCOPE, BlindStretch, Watch, blinded
from processors.domain.window import TimePolicy
from processors.rules import load
from processors.settings import TimeSettings
from schemas.alert import Alert
from tests.floodmark.analysis.verify.test_verify_settings import alert

RULES = load()
NOON = int(datetime(2025, 7, 12, 12, tzinfo=UTC).timestamp()) // 60


def stretch(key: str, since: int, until: int | None) -> BlindStretch:
    return BlindStretch(blinded(SCOPE, key, since), since, until)


def test_when_a_source_was_left_out_is_taken_from_what_was_told_of_it() -> None:
    watch = Watch(stretches=[stretch("lagging", NOON, NOON + 9), stretch(LEFT_OUT, NOON + 3, NOON + 20)])
    watch.stretches += [stretch(LEFT_OUT, NOON + 30, None), stretch(LEFT_OUT, NOON + 61, None)]
    made = recompute(alert("denied"), iter(()), NOON + 60, RULES, TimePolicy(), watch, lambda _: None)
    assert made.evidence.left_out == [(NOON + 3, NOON + 19), (NOON + 30, None)]


def why(told: Alert, left_out: list[tuple[int, int | None]]) -> list[str]:
    seen = StoredEvidence(RULES.version, 1, 10, first=NOON, last=NOON + 1440, left_out=left_out)
    return [
        each for each in reasons(told, RULES, Recomputed(seen), deciding(TimeSettings())) if "FLOODMARK_WAITING" in each
    ]


def test_a_difference_names_the_minutes_that_were_judged_without_a_source() -> None:
    closed, is_open = why(alert("denied"), [(NOON + 3, NOON + 19), (NOON + 30, None)])
    assert closed.startswith("From 2025-07-12 12:03 to 12:19 UTC minutes were judged without a source partition")
    assert is_open.startswith("From 2025-07-12 12:30 UTC on minutes were judged without a source partition")
    assert why(alert("denied"), []) == []

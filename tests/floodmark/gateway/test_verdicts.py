"""The verdict of a post is what `detect` says of the same minute with the same counts, and changes nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from floodmark.gateway.verdicts import MAX_AHEAD
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import TimePolicy, start_ms
from processors.offline import OfflineRow, judge_rows, partials_of
from processors.rules import DEFAULT, load
from schemas.alert import Alert
from tests.floodmark.gateway.ingest.build import Kept, parts, post
from tests.floodmark.gateway.logged import logged
from tests.processors.domain.build import M0
from tests.processors.domain.traffic import traffic
from tests.schemas.schema_samples import alert

RULES = load(DEFAULT)
LEARNED = 90
"""Minutes before the one that is posted."""


@dataclass
class Followed:
    """The state of a judge that was told everything itself."""

    judge: PartitionJudge
    alerts: Sequence[Alert] = field(default_factory=list)
    trouble: str | None = None

    @property
    def rules(self) -> RuleSet:
        return self.judge.rules

    @property
    def policy(self) -> TimePolicy:
        return self.judge.policy

    def why_not(self, scope: str) -> str | None:
        del scope
        return self.trouble

    def timeline(self, scope: str) -> Timeline | None:
        return self.judge.timelines.get(scope)

    def age_s(self, scope: str) -> float:
        return 1.25 if scope == "all" else 0.0

    def open_alerts(self, scope: str) -> Sequence[Alert]:
        return [each for each in self.alerts if each.scope == scope]


def row(minute: int, second: int, status: str | None, code: str | None, count: int, scope: str = "all") -> OfflineRow:
    return OfflineRow(start_ms(M0 + minute) + second * 1000, status, code, count, scope, 0)


def usual(minutes: int) -> list[OfflineRow]:
    """So many ordinary minutes of one scope."""
    found = []
    for minute in range(minutes):
        counts = traffic(M0 + minute)
        found += [row(minute, 1, key, None, cell[0]) for key, cell in counts.get("status", {}).items()]
        found += [row(minute, 1, None, key, cell[0]) for key, cell in counts.get("auth_code", {}).items()]
    return found


BEFORE = usual(LEARNED)


def judged(rows: Sequence[OfflineRow], *, closes: bool = False) -> PartitionJudge:
    """The judge after these rows, as of the last minute but one; with `closes`, of the last one, too."""
    policy = TimePolicy()
    judge = PartitionJudge(RULES, policy)
    told = list(partials_of(rows, policy))
    for offset, partial in enumerate(told if closes else told[:-1]):
        judge.apply(offset, partial)
    return judge


def sent(judge: PartitionJudge | Followed, records: Any, path: str = "", zone: str = "") -> dict[str, Any]:
    """What is answered to a post of these records."""
    state = judge if isinstance(judge, Followed) else Followed(judge)
    made = parts(Kept(), judged=state, now_ms=start_ms(M0 + 10_000), zone=zone)
    answer = post(made, content=json.dumps(records), headers={"content-type": "application/json"}, **_query(path))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _query(path: str) -> dict[str, Any]:
    return {"params": {"verdict": path}} if path else {}


def record(minute: int, **fields: Any) -> dict[str, Any]:
    return {"timestamp": start_ms(M0 + minute) + 30_000, **fields}


def detected(rows: Sequence[OfflineRow], minute: int) -> dict[tuple[str, str], MinuteVerdict]:
    """What `detect` says of a minute, last."""
    found = {}
    for each in judge_rows(rows, RULES):
        for revised in each.verdicts:
            if revised.verdict.minute == M0 + minute:
                found[revised.verdict.dimension, revised.verdict.key] = revised.verdict
    return found


STATUSES = st.sampled_from(["approved", "denied", "failed", "reversed", "refunded", "brand new"])
CODES = st.sampled_from(["00", "51", "59", "77"])
COUNTS = st.one_of(st.integers(0, 8), st.integers(9, 400))


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.lists(st.tuples(STATUSES, COUNTS), max_size=6), st.integers(0, 2), STATUSES, st.none() | CODES, COUNTS)
def test_the_verdict_is_what_detect_says_when_the_minute_closes_with_the_same_counts(
    so_far: list[tuple[str, int]], later: int, status: str, code: str | None, count: int
) -> None:
    minute = LEARNED + later
    rows = [*BEFORE, *(row(minute, 2, key, None, number) for key, number in so_far)]
    posted = record(minute, status=status, count=count, **({"auth_code": code} if code else {}))
    told = sent(judged(rows), posted)["verdict"]
    said = detected([*rows, row(minute, 30, status, code, count)], minute)
    assert {(each["dimension"], each["key"]) for each in told["series"]} == {
        ("status", status),
        *([("auth_code", code)] if code else []),
    }
    for each in told["series"]:
        verdict = said[each["dimension"], each["key"]]
        assert each["count"] == verdict.count
        assert each["anomaly_score"] == verdict.score
        assert [each[name] for name in ("total", "share", "expected", "low", "high", "mean", "std", "z", "terms")] == [
            getattr(verdict, name)
            for name in ("total", "share", "expected", "low", "high", "mean", "std", "z", "terms")
        ]
        assert each["verdict"] == verdict.verdict
        assert sorted(found["rule"] for found in each["rule_violations"]) == sorted(verdict.rules)
    assert told["anomaly_score"] == max(each["anomaly_score"] for each in told["series"])


def test_an_anomaly_says_how_bad_it_is_why_and_what_to_do() -> None:
    broken = [row(LEARNED, 1, "approved", None, 200), row(LEARNED, 1, "failed", None, 80)]
    rows = [*BEFORE, *broken, row(LEARNED + 1, 1, "approved", None, 200)]
    told = sent(judged(rows), record(LEARNED + 1, status="failed", count=80))
    verdict = told["verdict"]
    assert verdict["is_anomaly"]
    assert (verdict["alert_level"], verdict["anomaly_score"], verdict["terms"]) == ("WARNING", 100, {"share_rise": 100})
    (violation,) = verdict["rule_violations"]
    assert violation["because"] == "160 of 560 transactions in 2 minutes, where 4.0 were to be expected"
    assert "acquirer" in verdict["recommendation"]
    assert verdict["judged_to"] == "2025-07-12T13:30:00Z"
    assert (verdict["state_age_s"], told["no_verdict"]) == (1.25, "")


def test_an_ordinary_record_is_normal_and_the_open_incidents_of_its_scope_come_with_it() -> None:
    state = Followed(judged(BEFORE), [alert(scope="all"), alert(scope="other")])
    verdict = sent(state, record(LEARNED, status="approved", count=180))["verdict"]
    assert (verdict["is_anomaly"], verdict["alert_level"], verdict["anomaly_score"]) == (False, "NORMAL", 0.0)
    assert (verdict["recommendation"], verdict["rule_violations"]) == ("", [])
    assert [each["incident_id"] for each in verdict["alerts"]] == [alert().incident_id]


def test_a_scope_that_nobody_knows_is_judged_as_one_that_begins() -> None:
    verdict = sent(judged(BEFORE), record(LEARNED, status="approved", scope="New Shop"))["verdict"]
    assert (verdict["scope"], verdict["judged_to"], verdict["state_age_s"]) == ("new shop", None, 0.0)
    assert [each["verdict"] for each in verdict["series"]] == ["warming_up"]


def test_a_late_record_a_distant_one_and_a_state_that_is_not_known_have_no_verdict() -> None:
    judge = judged(BEFORE, closes=True)
    for state, minute, why in (
        (Followed(judge), LEARNED - 1, "judged already"),
        (Followed(judge), LEARNED + MAX_AHEAD + 60, "more than 30 minutes after"),
        (Followed(judge, trouble="being read"), LEARNED, "being read"),
    ):
        told = sent(state, record(minute, status="approved"))
        assert (told["accepted"], told["verdict"]) == (1, None)
        assert why in told["no_verdict"]


def test_a_batch_is_judged_when_it_asks_for_it_by_scope_and_minute() -> None:
    judge = judged(BEFORE)
    records = [record(LEARNED + 1, status="approved", scope="b"), *[record(LEARNED, status="failed")] * 3]
    told = sent(judge, records, "true")
    assert [(each["scope"], each["minute"], each["series"][0]["count"]) for each in told["verdicts"]] == [
        ("all", "2025-07-12T13:30:00Z", 3),
        ("b", "2025-07-12T13:31:00Z", 1),
    ]
    assert sent(judge, records)["verdicts"] == []
    assert sent(judge, records[0], "false")["verdict"] is None


def test_a_key_for_which_there_is_no_room_is_judged_with_the_others() -> None:
    crowd = [row(minute, 1, f"s{number}", None, 5) for minute in range(3) for number in range(200)]
    verdict = sent(judged([*crowd, row(3, 1, "s1", None, 5)]), record(3, status="one too many"))["verdict"]
    assert [each["key"] for each in verdict["series"]] == ["other"]


def test_a_fault_in_judging_does_not_hide_that_the_record_is_in() -> None:
    class Broken(Followed):
        def age_s(self, scope: str) -> float:
            raise ZeroDivisionError(scope)

    with logged() as log:
        told = sent(Broken(judged(BEFORE)), record(LEARNED, status="approved"))
    assert "no_verdict" in log.getvalue()
    assert (told["accepted"], told["verdict"]) == (1, None)
    assert "log says why" in told["no_verdict"]

"""Minutes as they are asked for: by time, series and verdict, from memory or from the store."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from floodmark.gateway.answers.minutes import AnomaliesAnswer, MinutesAnswer, ShownMinute, row
from floodmark.gateway.state.history import MinutesWanted, NoRevisions, StoreAway
from floodmark.gateway.state.series import KnownMinute
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import M0, gateway, minute, start


def keys(answer: Any) -> list[tuple[str, str, str]]:
    return [(each["minute"], each["scope"], each["key"]) for each in answer.json()["minutes"]]


def iso(at: int) -> str:
    return start(at).isoformat().replace("+00:00", "Z")


def test_a_minute_is_answered_as_its_model_says() -> None:
    assert list(row(minute()).__struct_fields__) == list(ShownMinute.model_fields)
    answer = get(
        gateway(minute(score=80.0, verdict="critical", rules=["burst"], terms={"burst": 80.0}, z=12.5)), "/v1/minutes"
    )
    found = TypeAdapter(MinutesAnswer).validate_json(answer.text)
    assert found.minutes[0].model_dump(exclude={"minute"}) == {
        "scope": "all", "dimension": "status", "key": "denied", "count": 5, "total": 100, "share": 0.05, "amount": 0,
        "expected": 4.5, "low": 0.0, "high": 12.5, "mean": None, "std": None, "z": 12.5, "score": 80.0,
        "terms": {"burst": 80.0}, "verdict": "critical", "rules": ["burst"], "revision": 1,
    }  # fmt: skip
    assert found.minutes[0].minute == start(M0)


def test_the_last_quarter_of_an_hour_is_answered_oldest_first() -> None:
    app = gateway(*(minute(at) for at in range(M0 - 30, M0 + 1)), minute(M0, scope="shop"))
    assert keys(get(app, "/v1/minutes")) == [
        *((iso(at), "all", "denied") for at in range(M0 - 14, M0 + 1)),
        (iso(M0), "shop", "denied"),
    ]
    assert len(keys(get(app, "/v1/minutes?window=3"))) == 4
    assert keys(get(app, "/v1/minutes?window=1&scope=SHOP")) == [(iso(M0), "shop", "denied")]


def test_series_are_chosen_by_status_or_auth_code() -> None:
    app = gateway(minute(), minute(key="failed"), minute(dimension="auth_code", key="51"))
    assert [key for *_, key in keys(get(app, "/v1/minutes"))] == ["51", "denied", "failed"]
    assert [key for *_, key in keys(get(app, "/v1/minutes?status=FAILED"))] == ["failed"]
    assert [key for *_, key in keys(get(app, "/v1/minutes?auth_code=51"))] == ["51"]
    assert get(app, "/v1/minutes?status=failed&auth_code=51").status_code == 422


def test_from_is_included_and_to_is_not() -> None:
    app = gateway(*(minute(at) for at in range(M0 - 30, M0 + 1)))
    found = get(app, f"/v1/minutes?from={iso(M0 - 20)}&to={iso(M0 - 18)}")
    assert [each[0] for each in keys(found)] == [iso(M0 - 20), iso(M0 - 19)]
    assert (found.json()["start"], found.json()["end"]) == (iso(M0 - 20), iso(M0 - 18))
    assert len(keys(get(app, f"/v1/minutes?from={iso(M0 - 3)}"))) == 4


@pytest.mark.parametrize(
    "query",
    ["window=0", "window=1441", "window=5&to=2025-07-12T18:00:00Z", "from=2025-07-12T18:00:00", "limit=0", "from=no",
     "from=2025-07-12T18:00:00Z&to=2025-07-12T18:00:00Z", "from=1900-01-01T00:00:00Z"],
)  # fmt: skip
def test_a_time_that_makes_no_sense_is_refused(query: str) -> None:
    assert get(gateway(minute()), f"/v1/minutes?{query}").status_code == 422


def test_rows_that_are_left_out_are_told() -> None:
    app = gateway(*(minute(at) for at in range(M0 - 9, M0 + 1)))
    cut = get(app, "/v1/minutes?limit=4").json()
    assert ([each["minute"] for each in cut["minutes"]], cut["is_whole"]) == (
        [iso(M0 - 9 + n) for n in range(4)],
        False,
    )


class Old:
    """A store with one old minute."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[MinutesWanted] = []
        self.error = error

    def minutes(self, wanted: MinutesWanted) -> list[KnownMinute]:
        self.asked.append(wanted)
        if self.error is not None:
            raise self.error
        return [KnownMinute((M0 - 9_000) * 60_000, "all", "status", "denied", 1, 2, "normal")]


def test_what_is_older_than_a_day_is_asked_from_the_store() -> None:
    old = Old()
    app = gateway(minute(), history=old)
    answer = get(app, f"/v1/minutes?from={iso(M0 - 9_000)}&to={iso(M0 - 8_990)}&scope=all&status=denied").json()
    assert (answer["source"], len(answer["minutes"]), answer["is_whole"]) == ("store", 1, True)
    assert old.asked == [MinutesWanted(M0 - 9_000, M0 - 8_991, "all", "status", "denied", 20_001, None)]
    assert get(app, "/v1/minutes").json()["source"] == "memory"


def test_without_a_store_it_is_told_that_there_was_more() -> None:
    answer = get(gateway(minute()), f"/v1/minutes?from={iso(M0 - 9_000)}").json()
    assert (answer["source"], answer["is_whole"]) == ("memory", False)


@pytest.mark.parametrize(
    ("error", "status"), [(StoreAway("the store cannot be asked: gone"), 503), (NoRevisions(), 501)]
)
def test_a_store_that_cannot_answer_is_a_problem_with_a_remedy(error: Exception, status: int) -> None:
    answer = get(gateway(minute(), history=Old(error)), f"/v1/minutes?as_of={iso(M0)}")
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_what_was_known_at_an_instant_needs_a_store() -> None:
    assert get(gateway(minute()), f"/v1/minutes?as_of={iso(M0)}").status_code == 501
    old = Old()
    assert get(gateway(minute(), history=old), f"/v1/minutes?as_of={iso(M0 - 5)}").json()["source"] == "store"
    assert old.asked[0].as_of == start(M0 - 5)


def test_anomalies_are_filtered_before_they_are_counted() -> None:
    said = [
        minute(at, verdict="critical" if at % 2 else "warning", score=60.0, rules=["r"]) for at in range(M0 - 9, M0 + 1)
    ]
    app = gateway(*said)
    found = TypeAdapter(AnomaliesAnswer).validate_json(get(app, "/v1/anomalies?level=CRITICAL&limit=3").text)
    assert [each.verdict for each in found.anomalies] == ["critical"] * 3
    assert [each.minute for each in found.anomalies] == sorted((each.minute for each in found.anomalies), reverse=True)
    assert len(get(app, "/v1/anomalies").json()["anomalies"]) == 10


def test_the_newest_minute_of_each_scope_with_its_rates() -> None:
    app = gateway(
        minute(key="approved", count=90),
        minute(count=10),
        minute(M0 - 1, scope="shop", key="approved", count=3, total=3),
        minute(dimension="auth_code", key="51", count=10),
    )
    found = get(app, "/v1/metrics/current").json()
    assert (found["transactions"], found["approval_rate"], found["scopes_behind"]) == (100, 0.9, 1)
    assert [(each["scope"], each["approval_rate"]) for each in found["scopes"]] == [("all", 0.9), ("shop", 1.0)]
    assert [each["key"] for each in found["scopes"][0]["auth_codes"]] == ["51"]
    assert [each["scope"] for each in get(app, "/v1/metrics/current?scope=shop").json()["scopes"]] == ["shop"]

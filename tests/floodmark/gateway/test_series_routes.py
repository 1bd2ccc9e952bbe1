"""What charts are drawn from: a scope as columns, scopes at a glance, and a stream of the minutes of one."""

import gzip
from datetime import timedelta

import msgspec
from pydantic import TypeAdapter

from floodmark.gateway.app import build
from floodmark.gateway.routes.series import ScopesAnswer, SeriesAnswer
from floodmark.gateway.state.eventlog import WantedEvents
from floodmark.gateway.state.history import MinutesWanted, StoreAway
from floodmark.gateway.state.series import KnownMinute
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import (
    M0,
    MINUTE_MS,
    NOW_MS,
    Topics,
    alert,
    gateway,
    minute,
    parts_of,
    start,
    view_of,
)

PLAIN = {"Accept-Encoding": "identity"}


class Store:
    """A store that has one old minute, and notes what it is asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, []  # type: ignore[var-annotated]

    def minutes(self, wanted: MinutesWanted) -> list[KnownMinute]:
        self.asked.append(wanted)
        if self.error is not None:
            raise self.error
        old = minute(wanted.first, count=3)
        return [KnownMinute(**{name: getattr(old, name) for name in KnownMinute.__struct_fields__})]


def test_a_scope_is_answered_in_columns_as_its_model_says() -> None:
    answer = get(gateway(minute(M0 - 1), minute(M0, count=9), minute(M0, scope="b")), "/v1/series?window=3")
    found = TypeAdapter(SeriesAnswer).validate_json(answer.text)
    assert (found.scope, found.scopes, found.start, found.minutes) == ("all", ["all", "b"], (M0 - 2) * MINUTE_MS, 3)
    assert [(each.key, each.count) for each in found.series] == [("denied", [None, 5, 9])]
    assert found.source == "memory"
    assert "~m0.3~" in found.position


def test_without_a_scope_it_is_all_or_the_one_with_the_most_traffic() -> None:
    few, many = minute(scope="few", total=10), minute(scope="many", total=900)
    assert get(gateway(few, many, minute()), "/v1/series").json()["scope"] == "all"
    assert get(gateway(few, many), "/v1/series").json()["scope"] == "many"
    assert get(gateway(), "/v1/series").json() | {"now": "", "position": ""} == {
        "scope": "all", "scopes": [], "start": 0, "minutes": 0, "series": [], "source": "memory", "now": "",
        "position": "",
    }  # fmt: skip


def test_a_scope_is_named_however_it_is_typed_and_an_unknown_one_is_empty() -> None:
    assert len(get(gateway(minute(scope="shop")), "/v1/series?scope=SHOP").json()["series"]) == 1
    assert get(gateway(minute()), "/v1/series?scope=nobody").json()["series"] == []


def test_a_time_before_what_is_kept_is_asked_from_the_store() -> None:
    store = Store()
    first = M0 - 5000
    span = {"from": start(first).isoformat(), "to": (start(first) + timedelta(minutes=2)).isoformat()}
    answer = get(build(parts_of(minute(), history=store)), "/v1/series", params=span).json()
    assert (answer["source"], answer["series"][0]["count"]) == ("store", [3, None])
    assert (store.asked[0].first, store.asked[0].last, store.asked[0].scope) == (first, first + 1, "all")
    away = build(parts_of(minute(), history=Store(StoreAway("it is down"))))
    assert get(away, "/v1/series", params=span).json()["type"] == "/docs/problems#store-away"


def test_more_than_a_day_and_what_was_known_without_a_store_are_refused() -> None:
    app = gateway(minute())
    assert get(app, "/v1/series", params={"from": start(M0 - 1440).isoformat()}).status_code == 422
    assert get(app, "/v1/series", params={"as_of": start(M0).isoformat()}).status_code == 501


def test_long_answers_are_packed_for_who_can_unpack_them() -> None:
    app = gateway(*(minute(M0 - n) for n in range(200)))
    packed = get(app, "/v1/series?window=200", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = get(app, "/v1/series?window=200", headers=PLAIN)
    assert "content-encoding" not in plain.headers
    assert packed.json()["series"] == plain.json()["series"]
    assert len(gzip.compress(plain.content, 3)) < len(plain.content) / 5


def test_scopes_in_trouble_come_first_then_those_with_a_high_score_then_the_largest() -> None:
    app = gateway(
        minute(scope="calm", total=900), minute(scope="small", total=9),
        minute(scope="odd", total=5, score=40.0, verdict="info", rules=["r"]),
        minute(scope="sick", total=1), minute(scope="worse", total=1),
        alert("i1", scope="sick"), alert("i2", scope="worse", severity="critical"), alert("i3", scope="worse"),
    )  # fmt: skip
    answer = get(app, "/v1/scopes?window=1")
    found = TypeAdapter(ScopesAnswer).validate_json(answer.text)
    assert [each.scope for each in found.scopes] == ["worse", "sick", "odd", "calm", "small"]
    assert [(each.open, each.severity) for each in found.scopes[:3]] == [(2, "critical"), (1, "warning"), (0, None)]
    assert (found.total, found.troubled, found.start) == (5, 2, M0 * MINUTE_MS)
    by_traffic = get(app, "/v1/scopes?sort=traffic&limit=1").json()
    assert ([each["scope"] for each in by_traffic["scopes"]], by_traffic["total"]) == (["calm"], 5)
    by_name = get(app, "/v1/scopes?sort=name&named=S").json()
    assert [each["scope"] for each in by_name["scopes"]] == ["sick", "small", "worse"]


def test_before_the_first_minute_there_are_no_scopes() -> None:
    assert get(gateway(), "/v1/scopes").json()["scopes"] == []


def test_a_stream_of_the_minutes_of_one_scope_tells_incidents_of_all() -> None:
    topics = Topics()
    topics.add(minute(scope="a"), minute(scope="b"), alert("i1", scope="b"))
    log = view_of(topics).log
    told = [each for each in log.after(log.first, 100) if WantedEvents(minutes_of=frozenset({"a"})).has(each)]
    assert [(each.kind, each.scope) for each in told] == [("minute", "a"), ("alert", "b"), ("incident", "b")]
    assert msgspec.json.decode(told[0].raw)["minute"] == M0 * MINUTE_MS < NOW_MS

"""What is asked of minutes and incidents: filters before limits, pages that stand still, answers as documented."""

from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter

from floodmark.gateway.answers.incidents import AlertsAnswer, IncidentAnswer, IncidentsAnswer
from floodmark.gateway.answers.minutes import AnomaliesAnswer, MinutesAnswer, ShownMinute, row
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.history import MinutesWanted, NoRevisions, StoreAway
from floodmark.gateway.state.receipts import Receipts
from floodmark.gateway.state.series import KnownMinute
from processors.rules import load
from tests.floodmark.gateway.asking import ask, get
from tests.floodmark.gateway.topic_kit import (
    M0,
    NOW_MS,
    Topics,
    action,
    alert,
    gateway,
    minute,
    parts_of,
    receipt,
    start,
    view_of,
)

PATHS = [
    "/v1/minutes",
    "/v1/anomalies",
    "/v1/metrics/current",
    "/v1/incidents",
    "/v1/incidents/i1",
    "/v1/alerts",
    "/v1/stats",
]


def keys(answer: Any) -> list[tuple[str, str, str]]:
    return [(each["minute"], each["scope"], each["key"]) for each in answer.json()["minutes"]]


def iso(at: int) -> str:
    return start(at).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("path", PATHS)
def test_before_all_was_read_it_says_how_far_it_is_and_when_to_ask_again(path: str) -> None:
    parts = parts_of(alert())
    parts.view.ready, parts.view.progress = False, 0.42
    answer = get(build(parts), path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs/problems#warming-up"
    assert "42 %" in answer.json()["detail"]


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


def test_nothing_is_known_of_a_gateway_without_data() -> None:
    app = gateway()
    assert get(app, "/v1/minutes").json()["minutes"] == []
    assert get(app, "/v1/metrics/current").json()["minute"] is None
    assert get(app, "/v1/incidents").json()["incidents"] == []
    assert get(app, "/v1/stats").json()["series"] == 0


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


def test_incidents_are_filtered_before_they_are_counted_and_the_newest_come_first() -> None:
    said = [alert(f"i{n}", since=M0 - n, severity="critical" if n % 2 else "warning") for n in range(6)]
    app = gateway(*said, alert("i1", since=M0 - 1, severity="critical", state="resolved", revision=2))
    found = TypeAdapter(IncidentsAnswer).validate_json(
        get(app, "/v1/incidents?state=firing&severity=critical&limit=1").text
    )
    assert ([each.incident_id for each in found.incidents], found.total) == (["i3"], 2)
    assert found.next_cursor is not None
    more = get(app, f"/v1/incidents?state=firing&severity=critical&limit=1&cursor={found.next_cursor}").json()
    assert ([each["incident_id"] for each in more["incidents"]], more["next_cursor"]) == (["i5"], None)
    assert [each["incident_id"] for each in get(app, "/v1/incidents?state=over").json()["incidents"]] == ["i1"]
    assert len(get(app, "/v1/incidents?state=open").json()["incidents"]) == 5


def test_a_page_stays_what_it_is_while_incidents_open() -> None:
    topics = Topics()
    parts = parts_of(*(alert(f"i{n}", since=M0 - 10 * n) for n in range(4)))
    app = build(parts)
    first = get(app, "/v1/incidents?limit=2").json()
    topics.add(*(alert(f"i{n}") for n in range(4)))
    parts.view.take(
        topics.add(alert("newest", since=M0 + 1), alert("between", since=M0 - 5), alert("older", since=M0 - 25))
    )
    second = get(app, f"/v1/incidents?limit=5&cursor={first['next_cursor']}").json()
    assert [each["incident_id"] for each in first["incidents"]] == ["i0", "i1"]
    assert [each["incident_id"] for each in second["incidents"]] == ["i2", "older", "i3"]


@pytest.mark.parametrize("cursor", ["x", "bm90aGluZw", "WzEsMl0", "%F0%9F%98%80", "W251bGwsbnVsbF0"])
@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/alerts"])
def test_a_cursor_of_somebody_else_is_refused(path: str, cursor: str) -> None:
    assert get(gateway(alert()), f"{path}?cursor={cursor}").status_code == 422


def test_an_incident_comes_with_its_minutes_statements_actions_and_evidence() -> None:
    app = gateway(
        *(minute(at) for at in range(M0 - 30, M0 - 2)),
        *(
            minute(at, count=50, verdict="warning", rules=["r"], offsets={"0": at, "1": 7})
            for at in range(M0 - 2, M0 + 1)
        ),
        minute(key="approved"),
        alert("before", since=M0 - 20, state="resolved"),
        alert(since=M0 - 2, revision=1),
        alert(since=M0 - 2, last_seen=start(M0), revision=2, state="updated", estimated_loss={"transactions": 4.0}),
        action("acknowledge"),
        action("comment", note="we look"),
        action("feedback", verdict="true_positive"),
    )
    found = TypeAdapter(IncidentAnswer).validate_json(get(app, "/v1/incidents/i1").text)
    assert (found.incident.state, found.incident.said, found.incident.verdict, found.incident.comments) == (
        "firing", "updated", "true_positive", 1,
    )  # fmt: skip
    assert {(each.scope, each.key) for each in found.minutes} == {("all", "denied")}
    assert [each.minute for each in found.minutes] == [start(at) for at in range(M0 - 17, M0 + 1)]
    assert [each.revision for each in found.statements] == [1, 2]
    assert [(each.action, each.by) for each in found.actions] == [
        ("acknowledge", "ann"),
        ("comment", "ann"),
        ("feedback", "ann"),
    ]
    assert [each.incident_id for each in found.similar] == ["before"]
    assert (found.receipt.minutes, found.receipt.offsets) == (3, {"0": M0, "1": 7})
    assert found.receipt.verify == "floodmark verify i1"
    assert "scope = 'all' AND dimension = 'status' AND key = 'denied'" in found.receipt.sql


def test_an_incident_says_who_was_told_when_by_which_channel_and_how_long_the_page_took() -> None:
    app = gateway(
        receipt("i0", "i1", after_s=9, channel="pager", number=2),
        receipt("i0", "i1", after_s=5),
        receipt("i1", after_s=3, channel="mail", number=3, what="refused", detail="550"),
        receipt("i1", after_s=400, number=4, kind="resolved"),
        receipt("i1", after_s=1, notification="d", drill=True),
        receipt("i2", after_s=2),
        alert(since=M0),
        alert("i0", since=M0 - 1),
        alert("i3"),
    )
    found = TypeAdapter(IncidentAnswer).validate_json(get(app, "/v1/incidents/i1").text)
    assert [(r.channel, r.kind, r.outcome, r.answer, r.seconds_to_page, r.seconds_owed) for r in found.receipts] == [
        ("mail", "open", "refused", "550", None, 2.0),
        ("chat", "open", "delivered", "ok", 5.0, 2.0),
        ("pager", "open", "delivered", "ok", 9.0, 2.0),
        ("chat", "resolved", "delivered", "ok", None, 2.0),
    ]
    assert found.seconds_to_page == 5.0
    # Of another incident of the same message the clock began a minute before.
    assert get(app, "/v1/incidents/i0").json()["seconds_to_page"] == 65.0
    nobody = get(app, "/v1/incidents/i3").json()
    assert (nobody["receipts"], nobody["seconds_to_page"]) == ([], None)


def test_a_receipt_that_is_read_twice_counts_once_and_is_one_event() -> None:
    parts = parts_of(alert(), receipt(), receipt())
    assert len(get(build(parts), "/v1/incidents/i1").json()["receipts"]) == 1
    assert [event.kind for event in parts.view.log.after(0, 10)] == ["alert", "incident", "receipt"]


def test_what_is_no_receipt_is_passed_over() -> None:
    topics = Topics()
    topics.add(b"{}", topic="receipts")
    view = view_of(topics)
    assert (view.refused, view.receipts.of("i1")) == (1, [])


def test_receipts_are_forgotten_from_the_second_on_and_of_the_incidents_that_were_told_of_first() -> None:
    known = Receipts(max_incidents=2, max_receipts=3)
    for number in range(5):
        known.take(receipt("i1", after_s=number, number=number))
    assert [each.number for each in known.of("i1")] == [0, 3, 4]
    known.take(receipt("i2", "i3"))
    assert [bool(known.of(name)) for name in ("i1", "i2", "i3")] == [False, True, True]


def test_an_incident_that_nobody_knows_is_not_found() -> None:
    answer = get(gateway(alert()), "/v1/incidents/other")
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs/problems#no-such-incident")


def test_an_incident_of_the_stream_or_of_all_transactions_has_the_minutes_that_it_can() -> None:
    app = gateway(
        minute(),
        minute(key="approved"),
        alert("v", dimension="volume", key="total"),
        alert("s", dimension="stream", key="silent"),
    )
    assert len(get(app, "/v1/incidents/v").json()["minutes"]) == 2
    assert get(app, "/v1/incidents/s").json()["minutes"] == []


def test_statements_are_listed_the_newest_first_page_by_page() -> None:
    said = [alert(f"i{n}", since=M0 - n, severity="critical" if n else "info") for n in range(3)]
    app = gateway(*said, alert("i2", since=M0 - 2, revision=2, state="resolved", timestamp=start(M0)))
    first = TypeAdapter(AlertsAnswer).validate_json(get(app, "/v1/alerts?limit=2").text)
    assert [(each.alert.incident_id, each.alert.revision) for each in first.alerts] == [("i2", 2), ("i0", 1)]
    second = get(app, f"/v1/alerts?limit=2&cursor={first.next_cursor}").json()
    assert [each["alert"]["incident_id"] for each in second["alerts"]] == ["i1", "i2"]
    assert second["next_cursor"] is None
    assert [each["alert"]["incident_id"] for each in get(app, "/v1/alerts?severity=info").json()["alerts"]] == ["i0"]
    assert len(get(app, "/v1/alerts?incident_id=i2&state=resolved").json()["alerts"]) == 1


def test_two_gateways_that_read_in_another_order_answer_alike() -> None:
    said = [
        *(minute(at) for at in range(M0 - 5, M0 + 1)),
        alert(),
        alert("i2", since=M0 - 4),
        alert(revision=2, state="updated"),
    ]
    topics = Topics()
    topics.add(*said)
    one, other = parts_of(*said), parts_of()
    for name in ("alerts", "minutes"):
        other.view.take([each for each in topics.records if each.topic == name])
    for path in ("/v1/minutes", "/v1/incidents", "/v1/alerts", "/v1/metrics/current", "/v1/incidents/i1"):
        assert get(build(one), path).json() == get(build(other), path).json()


def test_the_numbers_of_what_is_held() -> None:
    app = gateway(
        minute(), minute(key="failed", verdict="critical"), alert(estimated_loss={"transactions": 3.5}), b"nonsense"
    )
    found = get(app, "/v1/stats").json()
    assert (found["series"], found["scopes"], found["records_refused"], found["open_incidents"]) == (2, 1, 1, 1)
    assert found["open_by_severity"] == {"critical": 0, "warning": 1, "info": 0}
    assert (found["lost_today"], found["incidents_today"]) == (3.5, 1)
    assert found["verdicts"] == {"normal": 1, "critical": 1}


def test_the_rules_are_shown_and_others_can_be_checked() -> None:
    rules = load()
    app = gateway(rules=lambda: rules)
    found = get(app, "/v1/rules").json()
    assert (found["name"], found["version"], len(found["rules"])) == (rules.name, rules.version, len(rules.rules))
    good = ask(
        app,
        "POST",
        "/v1/rules/check",
        content=b'[[rule]]\nname = "a"\nmethod = "count"\nkeys = ["failed"]\nabove = 5\n',
    )
    assert (good.json()["usable"], good.json()["rules"]) == (True, 1), good.text
    bad = ask(app, "POST", "/v1/rules/check", content=b"[[rule]]\nname = 5\n").json()
    assert not bad["usable"]
    assert bad["error"].startswith("rules.toml:")
    assert get(gateway(), "/v1/rules").status_code == 503


def test_a_rule_file_that_names_a_file_of_this_machine_is_not_read() -> None:
    app = gateway()
    for raw in (
        b'[[rule]]\nname="a"\nmethod="isolation_forest"\n',
        b'[[rule]]\nname="a"\nmethod="x"\nmodel="/etc/passwd"\n',
    ):
        answer = ask(app, "POST", "/v1/rules/check", content=raw).json()
        assert (answer["usable"], "model file" in answer["error"]) == (False, True)
    assert ask(app, "POST", "/v1/rules/check", content=b"x" * 300_000).status_code == 413


def test_an_answer_carries_the_position_that_a_stream_goes_on_from() -> None:
    parts = parts_of(minute(), alert())
    for path in PATHS:
        assert get(build(parts), path).json()["position"] == str(parts.view.position)


def test_the_document_says_what_each_path_answers() -> None:
    document = get(build(GatewayParts()), "/openapi.json").json()
    paths = [path.replace("i1", "{incident_id}") for path in PATHS]
    for path in (*paths, "/v1/health", "/v1/rules", "/v1/stream"):
        operation = document["paths"][path]["get"]
        assert operation["summary"]
        assert "schema" in next(iter(operation["responses"]["200"]["content"].values()))
    assert msgspec.json.encode(row(KnownMinute(NOW_MS, "a", "status", "k", 1, 1, "normal")))

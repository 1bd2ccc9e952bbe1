"""Incidents and what was said of them: filters before limits, pages that stand still."""

import pytest
from pydantic import TypeAdapter

from floodmark.gateway.answers.incidents import AlertsAnswer, IncidentAnswer, IncidentsAnswer
from floodmark.gateway.app import build
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import M0, Topics, action, alert, gateway, minute, parts_of, start


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

"""What holds for every path that is read: when it answers, in which order it was read, how it is documented."""

import msgspec
import pytest

from floodmark.gateway.answers.minutes import row
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.series import KnownMinute
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import M0, NOW_MS, Topics, alert, gateway, minute, parts_of

PATHS = [
    "/v1/minutes",
    "/v1/anomalies",
    "/v1/metrics/current",
    "/v1/incidents",
    "/v1/incidents/i1",
    "/v1/alerts",
    "/v1/stats",
]


@pytest.mark.parametrize("path", PATHS)
def test_before_all_was_read_it_says_how_far_it_is_and_when_to_ask_again(path: str) -> None:
    parts = parts_of(alert())
    parts.view.ready, parts.view.progress = False, 0.42
    answer = get(build(parts), path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs/problems#warming-up"
    assert "42 %" in answer.json()["detail"]


def test_nothing_is_known_of_a_gateway_without_data() -> None:
    app = gateway()
    assert get(app, "/v1/minutes").json()["minutes"] == []
    assert get(app, "/v1/metrics/current").json()["minute"] is None
    assert get(app, "/v1/incidents").json()["incidents"] == []
    assert get(app, "/v1/stats").json()["series"] == 0


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

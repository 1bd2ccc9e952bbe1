"""A drill is told to people by the notifier, and is nothing to whoever else reads alerts."""

import ast
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from pydantic import BaseModel, ConfigDict

from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.view import TopicRecord
from floodmark.operate.doctor.deleted import last_alerts
from floodmark.operate.notify.drill import drill_alert
from floodmark.operate.tail.run import ALERTS, wanted_of
from floodmark.operate.tail.wanted import WantedRecords
from schemas.alert import Alert
from schemas.codec import alert_record, decode_alert, decode_event
from schemas.topics import Topics
from sinks.clickhouse.destination import ClickHouse
from sinks.console.destination import ConsoleSink
from sinks.jsonl.destination import JsonLines
from sinks.live.feed import LivePicture, LiveReader
from sinks.live.incident import IncidentReader
from sinks.protocol import Destination, Partition, Record
from sinks.webhook.destination import Webhook
from sinks.webhook.settings import WebhookSettings
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import NOW_MS, alert, gateway, view_of
from tests.floodmark.gateway.topic_kit import Topics as GatewayTopics
from tests.sinks.sink_kit import AT, alert_at
from tests.syntax import calls, trees

DRILL = alert_record(drill_alert("payments", "1", "ann", AT), drill="payments")
REAL = (alert_at(0).key, alert_at(0).value)
HEARD_BY_ALL = {"sinks/notify/alert_event.py", "schemas/codec.py"}
"""Who may read drills: the notifier tells people of them."""


def record(said: tuple[Any, Any]) -> Record:
    return Record(Partition("alerts", 0), 0, said[0], said[1])


def the_sink(made: Callable[[Path], Any], folder: Path, said: tuple[Any, Any]) -> int:
    sink: Destination[Any] = made(folder)
    entry = sink.read(record(said))
    sink.close()
    return int(entry is not None)


def console(_folder: Path) -> Any:
    return ConsoleSink("text", io.StringIO())


def jsonl(folder: Path) -> Any:
    return JsonLines(Topics(), folder / "alerts.jsonl")


def webhook(_folder: Path) -> Any:
    return Webhook(WebhookSettings("https://h.example", ()))


def clickhouse(_folder: Path) -> Any:
    class Nowhere:
        def close(self) -> None: ...

    return ClickHouse(Topics(), cast("Any", Nowhere()))


class Said:
    """A message of librdkafka, and a consumer that has this one alone."""

    def __init__(self, value: bytes) -> None:
        self._value, self._left = value, 1

    def value(self) -> bytes:
        return self._value

    def topic(self) -> str:
        return "alerts"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 0

    def error(self) -> None: ...

    def get_watermark_offsets(self, *_: Any, **__: Any) -> tuple[int, int]:
        return 0, 1

    def assign(self, _places: Any) -> None: ...

    def poll(self, _within_s: float) -> Any:
        self._left -= 1
        return self if self._left >= 0 else None


def live_views(_folder: Path, said: tuple[Any, Any]) -> int:
    feed = LiveReader.__new__(LiveReader)
    feed.board, feed._topics, feed._begun, feed._positions = LivePicture(), Topics(), {}, {}
    feed._read([cast("Any", Said(said[1]))])
    assert feed.reached(("alerts", 0)) == 1
    return len(feed.board.picture().incidents)


def the_command_ack(_folder: Path, said: tuple[Any, Any]) -> int:
    reader = IncidentReader.__new__(IncidentReader)
    reader._id, reader.last, reader.open, reader._values = "", None, {}, {}
    reader._take(said[1])
    return len(reader.open)


def the_command_tail(_folder: Path, said: tuple[Any, Any]) -> int:
    return len([*wanted_of(ALERTS, [said[1]], WantedRecords())])


def the_command_doctor(_folder: Path, said: tuple[Any, Any]) -> int:
    return len([*last_alerts(cast("Any", Said(said[1])), "alerts")])


READERS: dict[str, Callable[[Path, tuple[Any, Any]], int]] = {
    "console": lambda folder, said: the_sink(console, folder, said),
    "jsonl": lambda folder, said: the_sink(jsonl, folder, said),
    "webhook": lambda folder, said: the_sink(webhook, folder, said),
    "clickhouse": lambda folder, said: the_sink(clickhouse, folder, said),
    "live views": live_views,
    "ack": the_command_ack,
    "tail": the_command_tail,
    "doctor": the_command_doctor,
}


@pytest.mark.parametrize("reader", READERS)
def test_whoever_reads_alerts_leaves_a_drill_out(reader: str, tmp_path: Path) -> None:
    assert READERS[reader](tmp_path, REAL) == 1
    assert READERS[reader](tmp_path, DRILL) == 0


def test_a_gateway_knows_nothing_of_a_drill() -> None:
    topics = GatewayTopics()
    topics.add(alert())
    before = view_of(topics)
    topics.records.append(TopicRecord("alerts", 0, 1, DRILL[1], NOW_MS))
    view = view_of(topics)
    assert (len(view.incidents), view.incidents.open_count, view.refused) == (1, 1, 0)
    assert view.log.end == before.log.end
    app = build(GatewayParts(view=view, now_ms=lambda: NOW_MS))
    name = decode_event(DRILL[1]).data.incident_id
    assert get(app, f"/v1/incidents/{name}").status_code == 404
    assert [each["incident_id"] for each in get(app, "/v1/incidents").json()["incidents"]] == ["i1"]
    assert len(get(gateway(alert()), "/v1/alerts").json()["alerts"]) == len(get(app, "/v1/alerts").json()["alerts"])


def test_only_the_notifier_reads_what_tells_a_drill_from_an_incident() -> None:
    """Whoever reads alerts by another way than `decode_alert` takes drills for incidents."""
    reading = {name for name, tree in trees("decode_event").items() if "decode_event" in names_in(tree)}
    reading |= {name for name, _, call in calls("CloudEvent") if "CloudEvent" in names_in(call)}
    apart = {name for name in reading if name.startswith("schemas/")} | {"floodmark/reference/alerts.py"}
    assert reading - apart - set(HEARD_BY_ALL) == set()


def names_in(node: ast.AST) -> set[str]:
    return {word.id for word in ast.walk(node) if isinstance(word, ast.Name)}


def test_an_alert_is_the_same_bytes_as_before_there_were_drills() -> None:
    said = alert_record(alert())[1]
    assert b"drill" not in said
    assert decode_event(said).drill == ""
    assert decode_alert(said) == alert()
    assert b'"drill":"payments"' in DRILL[1]
    assert decode_alert(DRILL[1]) is None


def test_a_reader_of_before_reads_a_drill_as_an_incident_that_says_what_it_is() -> None:
    class EnvelopeOfBefore(BaseModel):
        model_config = ConfigDict(extra="ignore")

        specversion: Literal["1.0"]
        data: Alert

    read = EnvelopeOfBefore.model_validate_json(DRILL[1], strict=True).data
    assert (read.key, read.scope, read.incident_id) == ("drill", "payments", "drill-1")
    assert "Nothing is wrong" in read.summary

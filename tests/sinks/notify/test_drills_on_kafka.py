"""A drill goes through a notifier on a real Kafka."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from schemas.codec import decode_event
from schemas.topics import Topics
from sinks.notify.receipts import receipt_of
from tests.pipeline.wire import ends
from tests.sinks.kafka_kit import everything
from tests.sinks.notify.notifier_kit import ROUTES, Target, incident, publish, running, topics
from tests.waiting import until

__all__ = ["topics"]
pytestmark = pytest.mark.kafka


def test_a_drill_goes_the_way_of_an_incident_and_is_timed(kafka: str, topics: Topics, tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(dedent(ROUTES))
    words = ["drill", "--routes", str(routes), "--broker", kafka, "--topic-prefix", topics.prefix, "--json"]
    target = Target()
    with running(kafka, topics, target) as one:
        publish(kafka, topics, incident("real"))
        until(lambda: bool(target.got), "an incident is told")
        ran = CliRunner().invoke(app, [*words, "--within", "60"])
        assert ran.exit_code == 0, ran.stderr
        until(lambda: len(target.got) == 3, "the end of the drill")
    timed = json.loads(ran.stdout.splitlines()[-1])
    assert (timed["team"], timed["channel"], timed["outcome"], timed["answer"]) == ("t", "chat", "delivered", "200 OK")
    assert [kind for kind, _ in target.got] == ["open", "open", "resolved"]
    ((name,),) = {incidents for _, incidents in target.got[1:]}
    assert name.startswith("drill-")
    receipts = [receipt_of(record.value()) for record in everything(kafka, topics.receipts, 3)]
    assert [(each.incidents, each.drill) for each in receipts] == [(["real"], False), ([name], True), ([name], True)]
    counted = "floodmark_notify_time_to_page_seconds"
    seconds = one.registry.get_sample_value(f"{counted}_sum", {"channel": "chat", "drill": "yes"})
    assert seconds == pytest.approx(timed["seconds_to_page"], abs=0.01)
    assert one.registry.get_sample_value(f"{counted}_count", {"channel": "chat", "drill": "no"}) == 1


def test_a_drill_that_no_channel_takes_ends_with_1_and_is_ended_all_the_same(
    kafka: str, topics: Topics, tmp_path: Path
) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(dedent(ROUTES))
    # A drill asks once; who leads a new topic is known a moment later.
    ends(kafka, [topics.receipts, topics.alerts])
    words = ["drill", "--routes", str(routes), "--broker", kafka, "--topic-prefix", topics.prefix]
    ran = CliRunner().invoke(app, [*words, "--within", "1"])
    assert ran.exit_code == 1
    assert "not taken within 1 s" in ran.stdout
    assert "Does a notifier run with these routes?" in " ".join(ran.stdout.split())
    said = [decode_event(record.value()) for record in everything(kafka, topics.alerts, 2)]
    assert [(each.drill, each.data.state) for each in said] == [("t", "firing"), ("t", "resolved")]

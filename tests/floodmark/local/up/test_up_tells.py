"""`floodmark up --routes`: what is replayed reaches people by their route, and the store knows that it did."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from floodmark.local.store.ask import asking
from floodmark.queries.ask import DATABASE, Unreachable
from floodmark.queries.errors import StoreError
from runtime.exits import Exit
from schemas.topics import Topics
from sinks.notify.notifier import NAME
from tests.floodmark.local.up.up_kit import FLOODMARK
from tests.services import unique_prefix
from tests.sinks.http_kit import receiving
from tests.sinks.kafka_kit import publish
from tests.sinks.notify.process_kit import posted, webhook
from tests.sinks.sink_kit import alert_at
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

ROUTES = """
[[team]]
name = "payments"

[[route]]
name = "shops"
match = { scope = "shop-*", severity = "critical" }
team = "payments"
channels = ["pager"]
wait = "0s"

[[route]]
name = "the rest"
team = "payments"
channels = ["chat"]
wait = "0s"
"""
RECEIPTS = (
    "SELECT channel, route, team, kind, outcome, incidents "
    "FROM notifications WHERE channel = 'pager' ORDER BY at LIMIT 1"
)


def traffic(path: Path) -> Path:
    """Twenty minutes of a shop, in the last five of which nearly all fail."""
    noon = datetime(2025, 7, 12, 12, tzinfo=UTC)
    rows = ["timestamp,status,count,scope"]
    for number in range(20):
        at, fails = noon + timedelta(minutes=number), number >= 15
        counted = {"approved": 5 if fails else 200, "failed": 190 if fails else 1}
        rows += [f"{at:%Y-%m-%dT%H:%M:%SZ},{status},{count},shop-7" for status, count in counted.items()]
    path.write_text("\n".join(rows) + "\n")
    return path


@contextmanager
def up(kafka: str, folder: Path, *words: str, prefix: str = "", ends_with: Exit = Exit.INTERRUPTED) -> Iterator[Path]:
    """A pipeline of its own on the shared broker, until the block ends; its data directory.

    It is interrupted then, unless it is to end by itself.
    """
    data_dir = folder / "data"
    command = (*FLOODMARK, "up", "--plain", "--no-gateway", "--broker", kafka, "--topic-prefix",
               prefix or unique_prefix(), "--data-dir", str(data_dir), "--workers", "1", "--partitions", "1",
               *words)  # fmt: skip
    with (folder / "said").open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            yield data_dir
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise
        if ends_with is Exit.INTERRUPTED:
            process.send_signal(signal.SIGINT)
        code = process.wait(300)
    assert code == ends_with, (folder / "said").read_text()


def stored(data_dir: Path, query: str) -> list[dict[str, Any]]:
    """The rows, as far as the store tells yet."""
    try:
        with asking(data_dir, None, DATABASE) as ask:
            return [json.loads(line) for line in b"".join(ask(query, "JSONEachRow", {})).splitlines()]
    except (Unreachable, StoreError):
        return []


@pytest.mark.story
def test_an_incident_of_a_replay_reaches_its_route_and_leaves_its_receipt(kafka: str, tmp_path: Path) -> None:
    routes, rows = tmp_path / "routes.toml", traffic(tmp_path / "shop.csv")
    with receiving() as receiver:
        routes.write_text(ROUTES + webhook("pager", receiver) + webhook("chat", receiver))
        words = ("--replay", str(rows), "--rules", "thresholds", "--routes", str(routes))
        with up(kafka, tmp_path, *words) as data_dir:
            until(lambda: posted(receiver, "/pager"), "the route's channel is told", 300)
            (told, *_) = posted(receiver, "/pager")
            (receipt,) = until(lambda: stored(data_dir, RECEIPTS), "the store has the receipt")
    assert (told["kind"], told["team"], told["severity"]) == ("open", "payments", "critical")
    assert [each["title"].rpartition(" ")[2] for each in told["incidents"]] == ["shop-7"] * len(told["incidents"])
    assert set(receipt["incidents"]) == {each["incident_id"] for each in told["incidents"]}
    expected = {"channel": "pager", "route": "shops", "team": "payments", "kind": "open", "outcome": "delivered"}
    assert {name: receipt[name] for name in expected} == expected


@pytest.mark.story
def test_a_notifier_that_ends_with_75_is_started_again_and_one_whose_file_cannot_be_used_ends_all(
    kafka: str, tmp_path: Path
) -> None:
    routes, topics = tmp_path / "routes.toml", Topics(unique_prefix())

    def says(words: str) -> bool:
        return words in (tmp_path / "said").read_text()

    def say(name: str) -> None:
        now = datetime.now(UTC)
        record = alert_at(0, incident_id=name, scope=name, timestamp=now, since=now, last_seen=now)
        publish(kafka, topics.alerts, [(record.key, record.value)])

    def take_its_place() -> None:
        """Whoever writes next in its place is told that another one is the notifier now."""
        other = Producer({"bootstrap.servers": kafka, "transactional.id": topics.sink_group(NAME), "log_level": 0})
        other.init_transactions(120)

    with receiving() as receiver:

        def told(name: str) -> bool:
            return any(name in one["title"] for each in posted(receiver, "/chat") for one in each["incidents"])

        routes.write_text(ROUTES + webhook("pager", receiver) + webhook("chat", receiver))
        words = ("--routes", str(routes))
        with up(kafka, tmp_path, *words, prefix=topics.prefix, ends_with=Exit.FAILED) as data_dir:
            until(lambda: says("Store ready"), "the pipeline runs", within_s=120)
            say("first")
            until(lambda: told("first"), "the first is told", within_s=120)
            take_its_place()
            say("second")
            until(lambda: says("notify ended (exit code 75); starting it again in 1 s"), "it ends", within_s=120)
            until(lambda: told("second"), "the second is told", within_s=120)
            routes.write_text("no routing file")
            until(
                lambda: "routing_not_used" in (data_dir / "logs" / "notify.log").read_text(), "it is seen to be wrong"
            )
            take_its_place()
            say("third")
            until(
                lambda: says("notify ended (exit code 2), and starting it again would not help."), "it is given up", 120
            )
    assert "routes.toml" in (tmp_path / "said").read_text()

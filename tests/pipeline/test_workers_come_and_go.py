"""Workers come and go while records flow, and no number changes (pitfall 2a)."""

import threading
import time

import pytest

from processors.rules import THRESHOLDS, load
from tests.pipeline import files, offline
from tests.pipeline.conftest import Install
from tests.pipeline.installation import PARTITIONS, Installation
from tests.pipeline.wire import Publisher

pytestmark = [pytest.mark.kafka, pytest.mark.story]
HOURS = 12
SECONDS = 16.0


def flow(made: Installation, rows: tuple[files.Row, ...]) -> None:
    """One record for each transaction, spread over `SECONDS`, then the word that all is said."""
    values = list(files.exploded(rows))
    publisher = Publisher(made.address, made.topics.transactions)
    began = time.monotonic()
    for number, value in enumerate(values):
        publisher.send(value, number % PARTITIONS)
        if number % 500 == 0:
            publisher.poll()
            time.sleep(max(0.0, began + SECONDS * number / len(values) - time.monotonic()))
    publisher.close()
    made.punctuate(files.end_ms(rows))


def test_adding_and_removing_workers_while_records_flow_changes_no_number_pitfall_2a(install: Install) -> None:
    rows = files.first_hours(HOURS)
    made = install(rules=THRESHOLDS, partitions=PARTITIONS, FLOODMARK_COMMIT_INTERVAL_S="0.05")
    flowing = threading.Thread(target=flow, args=(made, rows))
    flowing.start()
    try:
        made.worker().ready()
        made.worker().ready()
        made.worker().ready()
        assert made.workers[0].stop() == 0
        made.worker().ready()
        assert made.workers[1].stop() == 0
    finally:
        flowing.join()
    made.drain()
    assert made.counts() == +files.counts(rows)
    expected = {s.stated.incident.id: s.stated for s in offline.judge(load(THRESHOLDS), rows).statements}
    last = made.last_alerts()
    assert {i: (a["state"], a["severity"], a["revision"]) for i, a in last.items()} == {
        i: (said.state, said.incident.severity, said.revision) for i, said in expected.items()
    }
    assert made.late() == []
    for worker in made.workers:
        assert "IllegalGeneration" not in worker.said(), "a commit that waits behind a join makes everybody join again"

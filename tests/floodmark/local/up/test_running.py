"""Which `up` a command finds, and what is said where it finds none."""

from pathlib import Path

import pytest

from floodmark.local.up.datadir import DataDir
from floodmark.local.up.running import Running, announce, away, settings_here
from runtime.kafka.errors import BrokerError

ERROR = BrokerError("No Kafka answers.")
HINT = "No Kafka answers. No `floodmark up` runs on {0}: name the --data-dir of one that does, or a --broker."


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLOODMARK_BROKER", "FLOODMARK_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_where_no_broker_is_named_and_no_up_runs_that_is_said_beside_what_is_wrong(tmp_path: Path) -> None:
    assert away(ERROR, settings_here({"data_dir": tmp_path})) == HINT.format(tmp_path)


def test_a_broker_that_was_named_is_asked_for_no_up(tmp_path: Path) -> None:
    named = settings_here({"data_dir": tmp_path, "broker": "127.0.0.1:1"})
    assert away(ERROR, named) == "No Kafka answers."


def test_the_broker_of_an_up_that_runs_is_found_and_what_is_wrong_with_it_is_all_that_is_said(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    try:
        announce(data, Running("127.0.0.1:1", "mine."))
        found = settings_here({"data_dir": tmp_path})
        assert (found.broker, found.topic_prefix) == ("127.0.0.1:1", "mine.")
        assert away(ERROR, found) == "No Kafka answers."
    finally:
        data.close()

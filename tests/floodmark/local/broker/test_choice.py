"""Which broker is taken, and what is said about it."""

import pytest

from floodmark.local.broker import choose
from floodmark.local.broker.external import ExternalBroker
from runtime.kafka.errors import BrokerError
from runtime.ports import free_ports


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """An empty cache and a proxy that is not there: nothing can be fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")


@pytest.mark.kafka
@pytest.mark.parametrize(("wanted", "why"), [("auto", "everything it needs is here"), ("kafka", "it was asked for")])
def test_a_real_kafka_is_taken_when_it_can_be_had(wanted, why, tmp_path):
    said = []
    broker = choose(wanted, tmp_path, said.append)
    assert (broker.kind, broker.volatile) == ("kafka", False)
    assert said[-1].startswith("Broker: Apache Kafka 4.3.1 on Java ")
    assert said[-1].endswith(f"data kept in {tmp_path / 'kafka'}, because {why}.")


@pytest.mark.usefixtures("no_network")
def test_auto_takes_the_embedded_one_when_kafka_cannot_be_had_and_says_why(tmp_path):
    said = []
    broker = choose("auto", tmp_path, said.append, topics={"t": 1})
    assert (broker.kind, broker.volatile) == ("embedded", True)
    assert "volatile (memory only, about 5 MiB for each partition" in said[-1]
    assert "because a real Kafka cannot be had: " in said[-1]
    assert "could not be fetched" in said[-1]


@pytest.mark.usefixtures("no_network")
def test_kafka_that_was_asked_for_and_cannot_be_had_is_an_error(tmp_path):
    with pytest.raises(BrokerError, match=r"could not be fetched .* or use --broker embedded"):
        choose("kafka", tmp_path, print)


def test_the_embedded_one_is_taken_when_asked_for(tmp_path):
    said = []
    assert choose("embedded", tmp_path, said.append).kind == "embedded"
    assert said == [
        "Broker: the embedded one, which is volatile (memory only, about 5 MiB for each partition, gone when it "
        "stops), because it was asked for."
    ]


def test_an_address_is_taken_as_it_is(tmp_path):
    said = []
    broker = choose("kafka1.example:9092, [::1]:9093", tmp_path, said.append)
    assert (broker.kind, broker.volatile, broker.pid) == ("external", False, None)
    assert broker.address == "kafka1.example:9092,[::1]:9093"
    assert said == [f"Broker: the one at {broker.address}, because it was asked for."]


@pytest.mark.parametrize("wrong", ["", "kafak", "host:", ":9092", "host:port", "host:0", "host:70000", "a:1,,b:2"])
def test_anything_else_is_an_error_that_lists_what_can_be_asked_for(wrong, tmp_path):
    with pytest.raises(BrokerError, match="write HOST:PORT, auto, kafka or embedded"):
        choose(wrong, tmp_path, print)


@pytest.mark.kafka
def test_an_external_broker_that_answers_is_started_by_doing_nothing_and_not_stopped(embedded, tmp_path):
    broker = choose(embedded, tmp_path, print)
    broker.start()
    broker.stop()
    assert broker.alive()


def test_an_external_broker_that_does_not_answer_is_an_error_with_what_to_check():
    (port,) = free_ports(1)
    broker = ExternalBroker(f"127.0.0.1:{port}", within_s=0.5)
    assert not broker.alive()
    with pytest.raises(BrokerError, match=rf"No Kafka answers at 127\.0\.0\.1:{port}.*advertised listeners"):
        broker.start()

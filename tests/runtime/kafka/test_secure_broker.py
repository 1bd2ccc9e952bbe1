"""Every kind of client on a real Kafka with TLS, users and access rules."""

import base64
import json
import os
import re
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from floodmark.operate.doctor.cluster import broker_answers
from producers.publisher import Deliveries
from runtime.kafka import client
from runtime.kafka.cluster import Cluster, Sasl, Tls
from runtime.kafka.errors import BrokerError, BrokerRefused
from runtime.kafka.leader import Leader
from runtime.kafka.offsets import Offsets
from runtime.kafka.tokens import BearerToken
from runtime.kafka.topics import describe, ensure_topics
from schemas.topics import TopicSpec
from tests import warm
from tests.pipeline.installation import installed
from tests.runtime.kafka.certificates import KEY_PASSWORD, Certificates
from tests.runtime.kafka.secure_kafka import PASSWORD, Places
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka

NOON_MS = 1_752_321_600_000
HOUR_S = 3600.0
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER")


@pytest.fixture
def by_password(places: Places, certificates: Certificates) -> Cluster:
    """The cluster, entered by SCRAM."""
    sasl = Sasl("SCRAM-SHA-512", "worker", PASSWORD)
    return replace(Cluster.of(places.secure), tls=Tls(certificates.ca), sasl=sasl)


def token_of(subject: str) -> Callable[[], BearerToken]:
    """Gives unsigned tokens, which Kafka takes where nobody has told it whom to trust."""

    def give() -> BearerToken:
        now_s = time.time()
        claims: dict[str, Any] = {"sub": subject, "iat": now_s, "exp": now_s + 300}
        parts = ({"alg": "none"}, claims)
        head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        return BearerToken(f"{head}.{body}.", now_s + 300)

    return give


def passes_a_record(cluster: Cluster, topic: str) -> None:
    """Admin, producer, consumer, and the requests that go by aiokafka: all of them get through."""
    ensure_topics(cluster, [TopicSpec(topic, 1, {})], replication=1)
    assert describe(cluster)[topic].partitions == 1
    sent = Deliveries(cluster, topic)
    while not sent.offer(b"hello", 0):
        pass
    sent.flush(PATIENCE_S)
    assert Offsets(cluster).ends([topic]) == {(topic, 0): 1}
    with closing(client.consumer(cluster, {"group.id": "secure", "enable.auto.commit": False})) as consumer:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        message = consumer.poll(PATIENCE_S)
        assert message is not None
        assert message.value() == b"hello"
    assert Leader(cluster).batch_at(topic, 0, 0).records == 1


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_whoever_logs_in_gets_through(by_password: Cluster, mechanism: str) -> None:
    """By each mechanism, with the same settings for librdkafka and aiokafka."""
    sasl = Sasl(mechanism, "worker", PASSWORD, token_of("worker") if mechanism == "OAUTHBEARER" else None)
    passes_a_record(replace(by_password, sasl=sasl), f"by-{mechanism.lower()}")


def test_whoever_has_a_certificate_gets_through(places: Places, certificates: Certificates) -> None:
    """Its key is encrypted. The broker's certificate is for another host, which is overlooked only when told so."""
    tls = Tls(certificates.ca, certificates.client, certificates.key("locked"), KEY_PASSWORD)
    cluster = replace(Cluster.of(places.mutual), tls=tls)
    with pytest.raises(BrokerRefused, match=r"certificate verify failed.*host name in the address"):
        describe(cluster)
    passes_a_record(replace(cluster, tls=replace(tls, check_hostname=False)), "by-certificate")


def wrong_password(cluster: Cluster, _certificates: Certificates) -> Cluster:
    """Somebody mistyped it."""
    return replace(cluster, sasl=Sasl("SCRAM-SHA-512", "worker", "mistyped"))


def wrong_ca(cluster: Cluster, certificates: Certificates) -> Cluster:
    """Another authority has signed the broker's certificate."""
    return replace(cluster, tls=Tls(certificates.other))


def wrong_mechanism(cluster: Cluster, _certificates: Certificates) -> Cluster:
    """The broker knows none of its users by it."""
    return replace(cluster, sasl=Sasl("PLAIN", "worker", "mistyped"))


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (wrong_password, "SASL authentication error: Authentication failed .*Check FLOODMARK_KAFKA_SASL_MECHANISM"),
        (wrong_ca, "certificate verify failed.*Check FLOODMARK_KAFKA_CA_FILE"),
        (wrong_mechanism, "SASL authentication error: .*Check FLOODMARK_KAFKA_SASL_MECHANISM"),
    ],
)
def test_who_is_not_let_in_is_told_why_however_long_they_would_wait(
    by_password: Cluster,
    certificates: Certificates,
    broken: Callable[[Cluster, Certificates], Cluster],
    says: str,
) -> None:
    """A command that asks, and doctor, whatever their patience; a process that starts asks three times."""
    cluster = broken(by_password, certificates)
    with pytest.raises(BrokerRefused, match=says) as caught:
        describe(cluster, within_s=HOUR_S)
    finding = broker_answers(cluster, HOUR_S)
    assert (finding.level, finding.unreachable) == ("fail", True)
    for text in (str(caught.value), finding.found):
        assert "\n" not in text
        assert "mistyped" not in text
        assert PASSWORD not in text


def test_who_may_not_is_told_what(by_password: Cluster) -> None:
    """Logged in, without any right."""
    guest = replace(by_password, sasl=Sasl("SCRAM-SHA-512", "guest", PASSWORD))
    with pytest.raises(BrokerError, match=r"Topic forbidden could not be created .*uthorization.*permissions"):
        ensure_topics(guest, [TopicSpec("forbidden", 1, {})], replication=1)


def environment(places: Places, certificates: Certificates, **more: str) -> dict[str, str]:
    """What a process is told, all by variables."""
    return {
        "FLOODMARK_BROKER": places.secure,
        "FLOODMARK_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "FLOODMARK_KAFKA_CA_FILE": str(certificates.ca),
        "FLOODMARK_KAFKA_USERNAME": "worker",
        "FLOODMARK_KAFKA_PASSWORD": PASSWORD,
        **more,
    }


def test_a_worker_counts_and_judges_over_tls_and_shows_no_secret(places: Places, certificates: Certificates) -> None:
    """Faust joins its group by the same settings."""
    told: dict[str, Any] = environment(places, certificates)
    with installed(places.plain, unique_prefix(), partitions=1, **told) as made:
        worker = made.worker(made.command).ready()
        made.publish((b'{"timestamp":%d,"status":"approved"}' % (NOON_MS + i) for i in range(500)), 1)
        made.punctuate(NOON_MS + 60_000, 1)
        until(lambda: made.counts().total() == 500 or worker.child.poll() is not None, worker.said)
        seen = [worker.said(), " ".join(psutil.Process(worker.child.pid).cmdline())]
        for page in ("healthz", "metrics"):
            with urllib.request.urlopen(f"{worker.metrics}/{page}", timeout=PATIENCE_S) as answer:
                seen.append(answer.read().decode())
        assert worker.stop() == 0
        assert all(PASSWORD not in text for text in (*seen, worker.said()))


def test_processes_that_are_not_let_in_end_with_3_and_a_sentence(
    places: Places, certificates: Certificates, tmp_path: Path
) -> None:
    """Workers, sinks and producers alike; within half a minute, not after the ten for which they wait for a broker."""
    jsonl, replay = ("sink", "jsonl", "--alerts"), ("replay", "--sample")
    mistyped = {"FLOODMARK_KAFKA_PASSWORD": "mistyped"}
    elsewhere = {
        "FLOODMARK_BROKER": places.mutual,
        "FLOODMARK_KAFKA_SECURITY_PROTOCOL": "SSL",
        "FLOODMARK_KAFKA_CERTIFICATE_FILE": str(certificates.client),
        "FLOODMARK_KAFKA_KEY_FILE": str(certificates.key("client")),
    }
    cases: list[tuple[tuple[str, ...], dict[str, str], str]] = [
        (("worker",), mistyped, "does not let us in: .*SASL authentication error"),
        (("worker",), {"FLOODMARK_KAFKA_USERNAME": "guest"}, "what a worker needs: Read on topic .*Give the user"),
        (jsonl, mistyped, "does not let us in: .*SASL authentication error"),
        (jsonl, {"FLOODMARK_KAFKA_CA_FILE": str(certificates.other)}, "certificate verify failed.*KAFKA_CA_FILE"),
        (jsonl, elsewhere, "certificate verify failed.*host name in the address"),
        (jsonl, {**mistyped, "FLOODMARK_KAFKA_SASL_MECHANISM": "PLAIN"}, "SASL authentication error.*SASL_MECHANISM"),
        (replay, mistyped, "does not let us in: .*SASL authentication error"),
    ]
    begun = [
        warm.spawn(
            [*words, *file, "--topic-prefix", unique_prefix()],
            output=tmp_path / f"{number}.log",
            env={**os.environ, **environment(places, certificates, **more)},
        )
        for number, (words, more, _) in enumerate(cases)
        for file in [(str(tmp_path / f"{number}.jsonl"),) if words == jsonl else ()]
    ]
    try:
        for number, (process, (words, _, says)) in enumerate(zip(begun, cases, strict=True)):
            code = process.wait(2 * PATIENCE_S)
            said = (tmp_path / f"{number}.log").read_text()
            last = said.splitlines()[-1]
            assert (code, bool(re.search(says, last))) == (3, True), (words, said)
            assert "Traceback" not in said
            assert "mistyped" not in said
            assert PASSWORD not in said
    finally:
        for process in begun:
            process.kill()
            process.wait()

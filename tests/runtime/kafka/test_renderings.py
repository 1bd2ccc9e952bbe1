"""One cluster, as each kind of client is told of it."""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException

from processors.faustapp.connection import connection
from runtime.kafka import client
from runtime.kafka.cluster import Cluster, Sasl, Tls
from runtime.kafka.errors import BrokerError, BrokerRefused
from runtime.kafka.tokens import BearerToken, TokenFile
from tests.runtime.kafka.certificates import KEY_PASSWORD, Certificates

SECRET = "never-to-be-seen"
TOKEN = BearerToken("a.b.c", 2_000_000_000.0)


def secured(certificates: Certificates, mechanism: str | None, **tls: Any) -> Cluster:
    """A cluster with TLS and, where a mechanism is given, SASL."""
    token = (lambda: TOKEN) if mechanism == "OAUTHBEARER" else None
    sasl = Sasl(mechanism, "worker", SECRET, token) if mechanism else None
    return Cluster(("a:1", "b:2"), tls=Tls(certificates.ca, **tls), sasl=sasl)


def test_a_plain_address_gives_what_it_always_gave() -> None:
    """No property beside the servers, for none of the three."""
    assert client.librdkafka("a:1, b:2", {"log_level": 0}) == {"bootstrap.servers": "a:1,b:2", "log_level": 0}
    assert client.aiokafka("a:1, b:2") == {"bootstrap_servers": ["a:1", "b:2"]}
    assert connection("a:1, b:2") == {"broker": "kafka://a:1;kafka://b:2"}


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_password_goes_to_all_three_and_always_over_tls(certificates: Certificates, mechanism: str) -> None:
    """Faust says SASL_PLAINTEXT of credentials without a context."""
    cluster = secured(certificates, mechanism)
    theirs = client.librdkafka(cluster, {})
    assert theirs == {
        "bootstrap.servers": "a:1,b:2",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(certificates.ca),
        "ssl.endpoint.identification.algorithm": "https",
        "sasl.mechanism": mechanism,
        "sasl.username": "worker",
        "sasl.password": SECRET,
    }
    ours = client.aiokafka(cluster)
    assert (ours["security_protocol"], ours["sasl_mechanism"]) == ("SASL_SSL", mechanism)
    assert (ours["sasl_plain_username"], ours["sasl_plain_password"]) == ("worker", SECRET)
    credentials = connection(cluster)["broker_credentials"]
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", mechanism)
    assert (credentials.username, credentials.password) == ("worker", SECRET)
    assert credentials.ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert credentials.ssl_context.check_hostname


def test_a_token_goes_to_all_three(certificates: Certificates) -> None:
    """Each asks by itself, whenever it needs one."""
    cluster = secured(certificates, "OAUTHBEARER")
    theirs = client.librdkafka(cluster, {})
    assert theirs["oauth_cb"]("") == ("a.b.c", 2_000_000_000.0)
    assert "sasl.password" not in theirs
    credentials = connection(cluster)["broker_credentials"]
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", "OAUTHBEARER")
    assert credentials.oauth_cb is not None
    assert credentials.ssl_context is not None


async def _token_of(provider: Any) -> str:
    return str(await provider.token())


def test_aiokafka_is_given_the_token_itself(certificates: Certificates) -> None:
    """It knows nothing of its end."""
    import asyncio

    provider = client.aiokafka(secured(certificates, "OAUTHBEARER"))["sasl_oauth_token_provider"]
    assert asyncio.run(_token_of(provider)) == "a.b.c"


def test_librdkafka_fetches_a_token_when_it_is_made(certificates: Certificates) -> None:
    """By its own thread: nobody has to poll an admin client for it."""
    asked: list[str] = []

    def token() -> BearerToken:
        asked.append("once")
        return TOKEN

    sasl = Sasl("OAUTHBEARER", token=token)
    made = client.admin(Cluster(("127.0.0.1:1",), tls=Tls(certificates.ca), sasl=sasl))
    assert asked
    del made


def test_our_certificate_goes_to_all_three(certificates: Certificates) -> None:
    """With the password of its key."""
    cluster = secured(
        certificates,
        None,
        certificate=certificates.client,
        key=certificates.key("locked"),
        key_password=KEY_PASSWORD,
    )
    theirs = client.librdkafka(cluster, {})
    assert theirs["security.protocol"] == "SSL"
    assert theirs["ssl.certificate.location"] == str(certificates.client)
    assert theirs["ssl.key.location"] == str(certificates.key("locked"))
    assert theirs["ssl.key.password"] == KEY_PASSWORD
    assert client.aiokafka(cluster)["security_protocol"] == "SSL"
    assert connection(cluster)["broker_credentials"].protocol.value == "SSL"
    with pytest.raises(KafkaException):
        client.admin(replace(cluster, servers=("127.0.0.1:1",))).metadata(0.01)


def test_the_host_name_is_checked_unless_that_is_switched_off(certificates: Certificates) -> None:
    """The certificate is verified in any case."""
    cluster = secured(certificates, None, check_hostname=False)
    assert client.librdkafka(cluster, {})["ssl.endpoint.identification.algorithm"] == "none"
    context = client.aiokafka(cluster)["ssl_context"]
    assert not context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_clients_own_properties_count_before_those_that_are_set_for_all() -> None:
    """Idempotence, commits and the partitioner are promises of ours."""
    cluster = Cluster(("a:1",), properties=(("enable.idempotence", "false"), ("socket.timeout.ms", "5000")))
    made = client.librdkafka(cluster, {"enable.idempotence": True})
    assert (made["enable.idempotence"], made["socket.timeout.ms"]) == (True, "5000")


def test_a_client_id_that_is_set_is_that_of_every_client() -> None:
    """Quotas go by it."""
    cluster = Cluster(("a:1",), client_id="payments")
    assert client.librdkafka(cluster, {"client.id": "own"})["client.id"] == "payments"
    assert client.aiokafka(cluster)["client_id"] == "payments"
    assert connection(cluster)["broker_client_id"] == "payments"


def test_there_is_no_sasl_without_tls() -> None:
    """However a cluster is made."""
    with pytest.raises(ValueError, match="in clear"):
        Cluster(("a:1",), sasl=Sasl("PLAIN", "worker", SECRET))


def test_secrets_are_in_no_text(certificates: Certificates) -> None:
    """What is logged or raised is made of such texts."""
    cluster = secured(certificates, "PLAIN", key_password=SECRET)
    credentials = connection(cluster)["broker_credentials"]
    assert str(cluster) == "a:1,b:2"
    assert SECRET not in f"{cluster!r} {cluster.tls!r} {cluster.sasl!r} {credentials!r} {BearerToken(SECRET, 1.0)!r}"


@pytest.mark.parametrize("make", [client.producer, client.consumer, lambda to, _: client.admin(to)])
def test_a_property_that_librdkafka_does_not_know_is_named(make: Any) -> None:
    """In one sentence, with the variable to look at."""
    with pytest.raises(BrokerError, match=r'"no\.such".*FLOODMARK_KAFKA_') as caught:
        make(Cluster(("a:1",), properties=(("no.such", "1"),)), {"group.id": "none"})
    assert isinstance(caught.value.__cause__, KafkaException)


def test_a_client_without_a_token_says_why_at_once(tmp_path: Path) -> None:
    """librdkafka waits ten seconds, and then knows no reason."""
    sasl = Sasl("OAUTHBEARER", token=TokenFile(tmp_path / "token"))
    cluster = Cluster(("127.0.0.1:1",), tls=Tls(), sasl=sasl)
    for make in (client.producer, client.consumer, lambda to, _: client.admin(to)):
        with pytest.raises(BrokerRefused, match=r"The token file .* cannot be read"):
            make(cluster, {})

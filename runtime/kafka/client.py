"""Makes every Kafka client: what connects it comes from the cluster, what it is for from whoever needs it."""

import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ClusterMetadata

from runtime.kafka.cluster import OAUTHBEARER, Cluster, ClusterOrAddress
from runtime.kafka.errors import BrokerError, BrokerRefused, refusal

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

REMEMBERED: Final = 20
FIRST_PATIENCE_S: Final = 1.0
ANSWER_BYTES: Final = 65_536
"""What a broker sends at once, packed, to a consumer that is careful, if the first batch is not longer: an answer is
unpacked as a whole, whatever that comes to."""


class Admin(AdminClient):  # type: ignore[misc]
    """An admin client that knows why it is not let in."""

    def __init__(self, cluster: ClusterOrAddress, settings: Mapping[str, Any]) -> None:
        # No bound method: a client that holds itself would be closed late.
        self._errors: deque[KafkaError] = deque(maxlen=REMEMBERED)
        super().__init__({**librdkafka(cluster, settings), "error_cb": self._errors.append})
        self._address = str(cluster)

    def metadata(self, within_s: float, topic: str | None = None) -> ClusterMetadata:
        """What the cluster tells of itself, of all topics or of one.

        It is asked again and again, with more patience each time: a refusal is known at once that way, while one
        question alone would wait for all of its time.

        Raises:
            BrokerRefused: It does not let us in.
            KafkaException: It does not answer in that time.
        """
        deadline, patience_s = time.monotonic() + within_s, FIRST_PATIENCE_S
        while True:
            left_s = deadline - time.monotonic()
            try:
                return self.list_topics(topic, timeout=max(0.001, min(left_s, patience_s)))
            except KafkaException as error:
                self.poll(0)
                if reason := refusal(self._address, self._errors):
                    raise BrokerRefused(reason) from error
                if left_s <= patience_s:
                    raise
                patience_s *= 2


def producer(cluster: ClusterOrAddress, settings: Mapping[str, Any]) -> Producer:
    """A librdkafka producer.

    Raises:
        BrokerError: librdkafka does not take the settings.
    """
    return _made(Producer, librdkafka(cluster, settings))


def consumer(cluster: ClusterOrAddress, settings: Mapping[str, Any]) -> Consumer:
    """A librdkafka consumer.

    Raises:
        BrokerError: librdkafka does not take the settings.
    """
    return _made(Consumer, librdkafka(cluster, settings))


def onlooker(cluster: ClusterOrAddress, group: str, settings: Mapping[str, Any]) -> Consumer:
    """A librdkafka consumer that joins nobody and commits nothing by itself, from the beginning unless told otherwise.

    Args:
        cluster: The Kafka cluster.
        group: The name to read under: a cluster with access rules asks for a right on it all the same.
        settings: librdkafka settings that come on top.

    Raises:
        BrokerError: librdkafka does not take the settings.
    """
    quiet = {
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "log_level": 0,
    }
    return consumer(cluster, {**quiet, **settings})


def admin(cluster: ClusterOrAddress, **settings: Any) -> Admin:
    """A librdkafka admin client; silent, unless `log_level` says otherwise. Dots in names are written as `_`.

    Raises:
        BrokerError: librdkafka does not take the settings.
    """
    named = {name if name == "log_level" else name.replace("_", "."): value for name, value in settings.items()}
    try:
        return Admin(cluster, {"log_level": 0, **named})
    except KafkaException as error:
        raise _unusable(error) from error


def wrong_with(name: str, value: str) -> str:
    """Why librdkafka does not take a property; empty when it does. What librdkafka says itself may hold the value."""
    try:
        Producer({"log_level": 0, name: value})
    except KafkaException as error:
        unknown = "No such configuration property" in error.args[0].str()
        return "librdkafka has no such property" if unknown else "librdkafka does not take its value"
    except (TypeError, ValueError):
        return "it takes no text"
    return ""


def librdkafka(cluster: ClusterOrAddress, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All properties of a librdkafka client: those of the cluster, and its own.

    Raises:
        TokenError: The cluster wants a token, and none can be had.
    """
    to = Cluster.of(cluster)
    made: dict[str, Any] = {**dict(to.properties), **settings, "bootstrap.servers": str(to)}
    if to.client_id:
        made["client.id"] = to.client_id
    if to.tls is not None:
        made["security.protocol"] = "SSL" if to.sasl is None else "SASL_SSL"
        made["ssl.endpoint.identification.algorithm"] = "https" if to.tls.check_hostname else "none"
        if to.tls.ca is not None:
            made["ssl.ca.location"] = str(to.tls.ca)
        if to.tls.certificate is not None:
            made["ssl.certificate.location"] = str(to.tls.certificate)
            made["ssl.key.location"] = str(to.tls.key or to.tls.certificate)
            if to.tls.key_password:
                made["ssl.key.password"] = to.tls.key_password
    if to.sasl is not None:
        made["sasl.mechanism"] = to.sasl.mechanism
        if to.sasl.mechanism == OAUTHBEARER:
            made["oauth_cb"] = callback = _TokenCallback(to)
            # librdkafka says only, after ten seconds, that there is none.
            callback("")
        else:
            made |= {"sasl.username": to.sasl.username, "sasl.password": to.sasl.password}
    return made


def aiokafka(cluster: ClusterOrAddress) -> dict[str, Any]:
    """What aiokafka's clients take to connect, by keyword."""
    to = Cluster.of(cluster)
    made: dict[str, Any] = {"bootstrap_servers": list(to.servers)}
    if to.client_id:
        made["client_id"] = to.client_id
    if to.tls is not None:
        made |= {"security_protocol": "SSL" if to.sasl is None else "SASL_SSL", "ssl_context": to.tls.context()}
    if to.sasl is not None:
        made["sasl_mechanism"] = to.sasl.mechanism
        if to.sasl.mechanism == OAUTHBEARER:
            from runtime.kafka.token_provider import TokenProvider

            made["sasl_oauth_token_provider"] = TokenProvider(to.sasl)
        else:
            made |= {"sasl_plain_username": to.sasl.username, "sasl_plain_password": to.sasl.password}
    return made


def leader_client(cluster: ClusterOrAddress, request_timeout_ms: int) -> "AIOKafkaClient":
    """An aiokafka client for single requests, not started. Within a running loop."""
    from aiokafka.client import AIOKafkaClient

    return AIOKafkaClient(request_timeout_ms=request_timeout_ms, **aiokafka(cluster))


class _TokenCallback:
    """What librdkafka asks for tokens."""

    def __init__(self, cluster: Cluster) -> None:
        self._sasl = cluster.sasl

    def __call__(self, _config: str) -> tuple[str, float]:
        if self._sasl is None or self._sasl.token is None:
            raise ValueError("there is nothing that gives tokens")
        token = self._sasl.token()
        return token.value, token.expires_at_s


def _made(kind: Any, settings: dict[str, Any]) -> Any:
    try:
        return kind(settings)
    except KafkaException as error:
        raise _unusable(error) from error


def _unusable(error: KafkaException) -> BrokerError:
    return BrokerError(f"A Kafka client cannot be made: {error.args[0].str().rstrip('.')}. Look at FLOODMARK_KAFKA_….")

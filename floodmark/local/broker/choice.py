"""Takes the broker that was asked for, or the best that can be had."""

from collections.abc import Mapping
from pathlib import Path

from floodmark.local.broker.base import Broker, Report
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError


def choose(
    wanted: str,
    data_dir: Path,
    report: Report,
    *,
    topics: Mapping[str, int] | None = None,
    cluster: Cluster | None = None,
) -> Broker:
    """Take a broker; it is not started yet.

    Args:
        wanted: `auto` (a real Kafka when it can be had, else the embedded one), `kafka`, `embedded` or HOST:PORT.
        data_dir: Where a local Kafka keeps its data.
        report: Receives which one was taken and why, in one sentence, and what is fetched on the way.
        topics: Partitions by topic, for the embedded one, which cannot create topics later.
        cluster: How a broker at an address is entered; None: without TLS and SASL.

    Raises:
        BrokerError: What was asked for cannot be had; the message says what to do.
    """
    if wanted == "embedded":
        return _embedded(topics, report, "it was asked for")
    if wanted not in ("auto", "kafka"):
        from floodmark.local.broker.external import ExternalBroker

        external = ExternalBroker(wanted, cluster)
        report(f"Broker: the one at {external.address}, because it was asked for.")
        return external
    try:
        return _kafka(data_dir, report, "it was asked for" if wanted == "kafka" else "everything it needs is here")
    except BrokerError as error:
        if wanted == "kafka":
            raise
        return _embedded(topics, report, f"a real Kafka cannot be had: {str(error).rstrip('.')}")


def _kafka(data_dir: Path, report: Report, why: str) -> Broker:
    try:
        from floodmark.local.broker.kafka import LocalKafka
    except ImportError as error:
        raise BrokerError(
            f"A local Kafka needs the package {error.name}, which is not installed: install floodmark[local]."
        ) from error
    kafka = LocalKafka(data_dir, report)
    report(f"Broker: {kafka.prepare()}, data kept in {kafka.home}, because {why}.")
    return kafka


def _embedded(topics: Mapping[str, int] | None, report: Report, why: str) -> Broker:
    from floodmark.local.broker.embedded import EmbeddedBroker

    report(
        "Broker: the embedded one, which is volatile (memory only, about 5 MiB for each partition, gone when it "
        f"stops), because {why}."
    )
    return EmbeddedBroker(topics or {}, report)

"""What becomes of messages from now on, by the topic of receipts."""

from typing import Any, Final

from confluent_kafka import KafkaException, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.unreadable import PassingOver
from schemas.codec import NOT_DECODED
from sinks.notify.receipts import DeliveryReceipt, receipt_of

BATCH: Final = 1_000


class ReceiptTail:
    """Reads what is added to the topic after this was made; commits nothing.

    Args:
        cluster: The Kafka cluster.
        topic: The topic of receipts; it has one partition.
        group: The name to read under; nobody joins it.
        within_s: How long the cluster may take to say where the topic ends.

    Raises:
        BrokerError: it has not said so.
    """

    def __init__(self, cluster: ClusterOrAddress, topic: str, group: str, within_s: float) -> None:
        settings = {"isolation.level": "read_committed", "fetch.wait.max.ms": 50}
        self._consumer: Any = client.onlooker(cluster, group, settings)
        self._passing = PassingOver(cluster, self._consumer)
        try:
            _, end = self._consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=within_s)
        except KafkaException as error:
            self._consumer.close()
            raise BrokerError(f"The cluster has not told where {topic} ends: {error.args[0].str()}.") from error
        self._consumer.assign([TopicPartition(topic, 0, end)])

    def news(self, wait_s: float) -> list[DeliveryReceipt]:
        """The receipts that have come since this was last asked; what is none is passed over."""
        found: list[DeliveryReceipt] = []
        for message in self._consumer.consume(BATCH, wait_s):
            if message.error() is not None:
                self._passing.batch(message)
            elif message.value() is not None:
                try:
                    found.append(receipt_of(message.value()))
                except NOT_DECODED:
                    continue
        return found

    def close(self) -> None:
        """Give back the connection."""
        self._consumer.close()

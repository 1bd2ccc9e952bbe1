"""The settings of topics, as the broker has them."""

from collections.abc import Iterable, Mapping
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource, ResourceType

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress

ANSWER_WITHIN_S: Final = 5.0


def topic_settings(cluster: ClusterOrAddress, names: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Setting to value by topic; a topic whose settings the broker does not tell is left out."""
    asks = client.admin(cluster)
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for resource, answer in asks.describe_configs(resources, request_timeout=ANSWER_WITHIN_S).items():
        try:
            entries = answer.result(ANSWER_WITHIN_S + 1)
        except (KafkaException, TimeoutError):
            continue
        found[str(resource.name)] = {name: str(entry.value) for name, entry in entries.items()}
    return found

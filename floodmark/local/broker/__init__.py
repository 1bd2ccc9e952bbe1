"""Brokers for one machine: a real Kafka, librdkafka's embedded one, or any address."""

from floodmark.local.broker.base import Broker
from floodmark.local.broker.choice import choose
from floodmark.local.broker.embedded import capacity_check
from runtime.kafka.errors import BrokerError

__all__ = ["Broker", "BrokerError", "capacity_check", "choose"]

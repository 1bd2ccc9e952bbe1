"""Brokers for one machine: a real Kafka, librdkafka's embedded one, or any address."""

from floodmark.local.broker.base import Broker, BrokerError
from floodmark.local.broker.choice import choose
from floodmark.local.broker.embedded import capacity_check

__all__ = ["Broker", "BrokerError", "capacity_check", "choose"]

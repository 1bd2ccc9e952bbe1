"""Brokers for one machine: a real Kafka, librdkafka's embedded one, or any address."""

from floodmark.broker.base import Broker, BrokerError
from floodmark.broker.choice import choose
from floodmark.broker.embedded import capacity_check

__all__ = ["Broker", "BrokerError", "capacity_check", "choose"]

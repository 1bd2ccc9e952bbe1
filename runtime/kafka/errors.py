"""What goes wrong between us and a Kafka cluster."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confluent_kafka import KafkaError


class BrokerError(Exception):
    """A broker cannot be had or does not answer; the message says what to do."""


class BrokerRefused(BrokerError):
    """A broker is there, but does not let us in; waiting does not help."""


def refusal(address: str, errors: Iterable["KafkaError"]) -> str | None:
    """A sentence on why a cluster does not let us in, by what its client has reported; None when it has not said so.

    librdkafka tells a refused password or certificate to its error callback only: the call that needed the connection
    times out.
    """
    from confluent_kafka import KafkaError

    remedies = {
        KafkaError._AUTHENTICATION: "Check FLOODMARK_KAFKA_SASL_MECHANISM, the user name and the password or token.",
        KafkaError.SASL_AUTHENTICATION_FAILED: "Check the user name and the password or token.",
        KafkaError.UNSUPPORTED_SASL_MECHANISM: "Check FLOODMARK_KAFKA_SASL_MECHANISM.",
        KafkaError._SSL: "Check FLOODMARK_KAFKA_CA_FILE, the host name in the address, our certificate, and that the "
        "port is one for TLS.",
    }
    for error in errors:
        remedy = remedies.get(error.code())
        if remedy is not None:
            return f"Kafka at {address} does not let us in: {_words(error)}. {remedy}"
    return None


def _words(error: "KafkaError") -> str:
    """What librdkafka says, without the name of its thread before and its own bookkeeping behind."""
    text = str(error.str())
    _, found, rest = text.partition("]: ")
    text = rest if found else text
    return text.partition(" (after ")[0].strip().rstrip(".")


def told(error: object) -> str:
    """An error of a Kafka client, or any other one, in its own words: no code and no form of a program's."""
    inner = error.args[0] if isinstance(error, Exception) and error.args else error
    words = getattr(inner, "str", None)
    return str(words()) if words is not None else str(error)

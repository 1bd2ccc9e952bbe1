"""What is said when a cluster does not let us in."""

import pytest
from confluent_kafka import KafkaError

from runtime.kafka.errors import refusal

PASSWORD = (
    "[thrd:sasl_ssl://localhost:9093/bootstrap]: sasl_ssl://localhost:9093/bootstrap: SASL authentication error: "
    "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after "
    "306ms in state AUTH_REQ, 3 identical error(s) suppressed)"
)


def test_a_refusal_is_one_sentence_and_what_to_look_at() -> None:
    """Without librdkafka's names of threads and states."""
    assert refusal("k:9093", [KafkaError(KafkaError._AUTHENTICATION, PASSWORD)]) == (
        "Kafka at k:9093 does not let us in: sasl_ssl://localhost:9093/bootstrap: SASL authentication error: "
        "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512. "
        "Check FLOODMARK_KAFKA_SASL_MECHANISM, the user name and the password or token."
    )


@pytest.mark.parametrize("code", [KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE])
def test_a_broker_that_is_away_is_no_refusal(code: int) -> None:
    """It is waited for."""
    assert refusal("k:9093", [KafkaError(code, "gone")]) is None


def test_the_reason_is_found_among_errors_that_follow_from_it() -> None:
    """librdkafka adds that all brokers are down."""
    errors = [KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1"), KafkaError(KafkaError._SSL, "handshake failed.")]
    said = refusal("k:9093", errors)
    assert said is not None
    assert "handshake failed. Check FLOODMARK_KAFKA_CA_FILE" in said

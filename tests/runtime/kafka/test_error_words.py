"""What Kafka's clients say is told in their words, without codes."""

from confluent_kafka import KafkaError, KafkaException

from runtime.kafka.errors import told


def test_an_error_is_told_in_its_own_words_whether_it_was_raised_or_handed_over() -> None:
    words = "Failed to get watermark offsets: Local: Unknown partition"
    error = KafkaError(KafkaError._UNKNOWN_PARTITION, words)
    assert told(error) == told(KafkaException(error)) == words
    assert told(OSError("no route")) == told("no route") == "no route"
    assert told(ValueError()) == ""

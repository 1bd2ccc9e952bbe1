"""What goes wrong between us and a Kafka cluster."""


class BrokerError(Exception):
    """A broker cannot be had or does not answer; the message says what to do."""

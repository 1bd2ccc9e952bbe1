"""The Kafka cluster: clients, topics, offsets, ends, leaders."""

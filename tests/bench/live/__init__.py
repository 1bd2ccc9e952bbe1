"""What live traffic costs on one real Kafka: `make bench-live`. The worker is looked at from outside only."""

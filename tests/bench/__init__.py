"""The benchmark: textbook Faust, Floodmark's worker and a bare loop over one topic of one real Kafka."""

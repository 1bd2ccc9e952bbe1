"""What a sink counts."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sinks.protocol import Partition, Refusal, Trouble

DISCARDS = ("not_meant", "revoked", "done_before")
WRITE_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The counters of one sink. Counters with bounded labels are there, at zero, from the start.

    Args:
        sink: The destination's name.
        topics: The topics it reads.
        registry: Where they are registered; one `Metrics` per registry.
    """

    def __init__(self, sink: str, topics: Iterable[str], registry: CollectorRegistry) -> None:
        self._received = Counter("floodmark_sink_received", "Records fetched.", ["sink", "topic"], registry=registry)
        self._sent = Counter(
            "floodmark_sink_sent", "Records at the target, counted after the write.", ["sink"], registry=registry
        )
        self._refused = Counter(
            "floodmark_sink_refused", "Records put aside for good.", ["sink", "reason"], registry=registry
        )
        self._errors = Counter(
            "floodmark_sink_errors", "Writes and commits that failed for now.", ["sink", "reason"], registry=registry
        )
        self._discarded = Counter(
            "floodmark_sink_discarded", "Records left out, by reason.", ["sink", "reason"], registry=registry
        )
        self._retries = Counter("floodmark_sink_retries", "Batches offered again.", ["sink"], registry=registry)
        self._write_seconds = Histogram(
            "floodmark_sink_write_seconds", "Seconds of each write.", ["sink"], buckets=WRITE_BUCKETS, registry=registry
        )
        self._event_lag = Gauge(
            "floodmark_sink_event_lag_seconds",
            "Wall clock minus newest event time written.",
            ["sink"],
            registry=registry,
        )
        self._pending = Gauge(
            "floodmark_sink_held", "Messages that failed and wait for another try.", ["sink"], registry=registry
        )
        labels = ["sink", "topic", "partition"]
        self._committed = Gauge("floodmark_sink_committed_offset", "The offset to go on at.", labels, registry=registry)
        self._lag = Gauge("floodmark_sink_lag_records", "Records not fetched yet.", labels, registry=registry)
        self._sink = sink
        for topic in topics:
            self._received.labels(sink, topic)
        for counter, reasons in ((self._refused, Refusal), (self._errors, Trouble), (self._discarded, DISCARDS)):
            for reason in reasons:
                counter.labels(sink, str(reason))
        for metric in (self._sent, self._retries, self._write_seconds, self._event_lag, self._pending):
            metric.labels(sink)

    def received(self, counts: Mapping[str, int]) -> None:
        """This many records came, by topic."""
        for topic, count in counts.items():
            self._received.labels(self._sink, topic).inc(count)

    def wrote(self, count: int, seconds: float, event_lag_s: float) -> None:
        """A write succeeded."""
        self._sent.labels(self._sink).inc(count)
        self._write_seconds.labels(self._sink).observe(seconds)
        self._event_lag.labels(self._sink).set(event_lag_s)

    def refused(self, refusal: Refusal, count: int) -> None:
        """This many records were put aside."""
        self._refused.labels(self._sink, refusal.value).inc(count)

    def failed(self, trouble: Trouble) -> None:
        """A write or a commit failed for now."""
        self._errors.labels(self._sink, trouble.value).inc()

    def retried(self) -> None:
        """A batch is offered again."""
        self._retries.labels(self._sink).inc()

    def pending(self, count: int) -> None:
        """This many messages have failed and wait for another try."""
        self._pending.labels(self._sink).set(count)

    def discarded(self, reason: str, count: int) -> None:
        """This many records were left out; `reason` is one of `DISCARDS`."""
        self._discarded.labels(self._sink, reason).inc(count)

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """These offsets are committed."""
        for partition, offset in offsets.items():
            self._committed.labels(self._sink, partition.topic, str(partition.number)).set(offset)

    def behind(self, lag: Mapping[Partition, int]) -> None:
        """This many records wait in each assigned partition."""
        for partition, count in lag.items():
            self._lag.labels(self._sink, partition.topic, str(partition.number)).set(count)

    def gone(self, partitions: Iterable[Partition]) -> None:
        """These partitions belong to somebody else now; their gauges would only stand still."""
        for partition in partitions:
            for gauge in (self._committed, self._lag):
                gauge.remove_by_labels(
                    {"sink": self._sink, "topic": partition.topic, "partition": str(partition.number)}
                )

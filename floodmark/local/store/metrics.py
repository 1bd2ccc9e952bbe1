"""What the store counts about itself."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from floodmark.local.store.statement import StatementKind
from floodmark.queries.errors import RequestOutcome


class StoreMetrics:
    """Counters of one store, born at zero, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._queries = Counter(
            "floodmark_store_queries", "Queries that ended.", ("kind", "outcome"), registry=self.registry
        )
        self._seconds = Histogram(
            "floodmark_store_query_seconds",
            "From the whole request to the last byte of the result.",
            ("kind",),
            buckets=(0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
            registry=self.registry,
        )
        self._inserted = Counter(
            "floodmark_store_inserted_rows", "Rows written, those of materialized views too.", registry=self.registry
        )
        self.connections = Gauge("floodmark_store_connections", "Connections that are open.", registry=self.registry)
        self._turned_away = Counter(
            "floodmark_store_connections_turned_away",
            "Connections ended: no request in time, or more than there is room for.",
            ("reason",),
            registry=self.registry,
        )
        for reason in ("crowded", "no_head", "not_taken"):
            self._turned_away.labels(reason)
        self.running = Gauge("floodmark_store_running_queries", "Queries that run now.", registry=self.registry)
        for kind in StatementKind:
            self._seconds.labels(kind.value)
            for outcome in RequestOutcome:
                self._queries.labels(kind.value, outcome.value)

    def turned_away(self, reason: str) -> None:
        """Count one connection that we ended: `crowded`, `no_head` or `not_taken`."""
        self._turned_away.labels(reason).inc()

    def ended(self, kind: StatementKind, outcome: RequestOutcome, seconds: float, written_rows: int) -> None:
        """Count one query."""
        self._queries.labels(kind.value, outcome.value).inc()
        self._seconds.labels(kind.value).observe(seconds)
        self._inserted.inc(written_rows)

"""What the gateway counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE = "none"
"""The label of what nobody serves: paths are the client's words and must not become labels."""


class GatewayMetrics:
    """The counters of one gateway.

    Args:
        registry: Where they are registered; one `GatewayMetrics` for each registry.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "floodmark_gateway_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "floodmark_gateway_request_seconds",
            "From a request's head to the first byte of its answer.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.streams = Gauge("floodmark_gateway_streams", "Open streams of events.", registry=registry)
        self.streams_cut = Counter(
            "floodmark_gateway_streams_cut", "Streams that were ended: their client was too slow.", registry=registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

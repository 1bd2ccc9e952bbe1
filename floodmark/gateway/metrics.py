"""What the gateway counts."""

from collections.abc import Callable, Sized
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE = "none"
"""The label of what nobody serves: paths are the client's words and must not become labels."""


class Counted(Protocol):
    """Incidents."""

    @property
    def open_count(self) -> int:
        """How many are open."""


class MeasuredView(Protocol):
    """What a gateway knows: see gateway.state.view.View."""

    @property
    def minutes(self) -> Sized:
        """Series."""

    @property
    def incidents(self) -> Counted:
        """Incidents."""

    @property
    def refused(self) -> int:
        """Records that are none of ours."""


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

        self._series = Gauge("floodmark_gateway_series", "Series whose minutes are kept.", registry=registry)
        self._open = Gauge("floodmark_gateway_open_incidents", "Incidents that are open.", registry=registry)
        self._refused = Gauge(
            "floodmark_gateway_refused_records", "Records on the topics that are none of ours.", registry=registry
        )
        self._silent = Gauge(
            "floodmark_gateway_broker_silent_seconds", "For how long the broker has said nothing.", registry=registry
        )

    def watch(self, known: MeasuredView, silent_s: Callable[[], float]) -> None:
        """Show from now on what is known, as it is when somebody looks.

        Args:
            known: What is known from the topics.
            silent_s: For how many seconds the broker has said nothing.
        """
        self._series.set_function(lambda: len(known.minutes))
        self._open.set_function(lambda: known.incidents.open_count)
        self._refused.set_function(lambda: known.refused)
        self._silent.set_function(silent_s)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

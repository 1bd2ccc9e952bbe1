"""How long pages take, and which reach nobody, for whoever watches the notifier."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


class PageMetrics:
    """Time to page by channel, that of drills apart; pages that have reached nobody.

    Args:
        registry: Where it is registered; one for each registry.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "floodmark_notify_time_to_page_seconds",
            "From the end of an incident's first minute, or from a drill's beginning, to the channel's answer.",
            ["channel", "drill"],
            buckets=BUCKETS,
            registry=registry,
        )

        self._unreached = Counter(
            "floodmark_notify_unreached", "Pages that no channel has taken, and no other was left.", registry=registry
        )

    def unreached(self) -> None:
        """A page has reached nobody."""
        self._unreached.inc()

    def taken(self, channel: str, seconds: float, *, drill: bool) -> None:
        """A channel has taken the first message of an incident or drill after so many seconds; none is less than 0."""
        self._seconds.labels(channel, "yes" if drill else "no").observe(max(0.0, seconds))

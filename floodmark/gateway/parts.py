"""What the gateway is made of: given to it, so that tests build each part themselves and nothing is global."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.metrics import GatewayMetrics
from floodmark.gateway.settings import GatewaySettings
from runtime.process_metrics import process_registry


@dataclass(slots=True)
class Parts:
    """The parts of one gateway.

    Args:
        settings: Environment and flags.
        registry: Where its metrics are.
        intake: Takes in transactions; None: not yet.
    """

    settings: GatewaySettings = field(default_factory=GatewaySettings)
    registry: CollectorRegistry = field(default_factory=process_registry)
    intake: Intake | None = None
    metrics: GatewayMetrics = field(init=False)

    def __post_init__(self) -> None:
        """Make the counters."""
        self.metrics = GatewayMetrics(self.registry)

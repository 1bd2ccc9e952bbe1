"""What the gateway is made of: given to it, so that tests build each part themselves and nothing is global."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.metrics import GatewayMetrics
from floodmark.gateway.security.access import Gate
from floodmark.gateway.security.api_keys import KeyRing
from floodmark.gateway.security.wiring import gate_of
from floodmark.gateway.settings import GatewaySettings
from runtime.process_metrics import process_registry


@dataclass(slots=True)
class Parts:
    """The parts of one gateway.

    Args:
        settings: Environment and flags.
        registry: Where its metrics are.
        intake: Takes in transactions; None: not yet.
        ring: The API keys.
        gate: Who is let in.
    """

    settings: GatewaySettings = field(default_factory=GatewaySettings)
    registry: CollectorRegistry = field(default_factory=process_registry)
    intake: Intake | None = None
    ring: KeyRing = field(default_factory=KeyRing)
    gate: Gate = field(init=False)
    metrics: GatewayMetrics = field(init=False)

    def __post_init__(self) -> None:
        """Make the counters, and the gate as the settings say.

        Raises:
            Misused: What is set does not go together, or cannot be used.
        """
        self.gate = gate_of(self.settings, self.settings.gateway_host, self.ring)
        self.metrics = GatewayMetrics(self.registry)

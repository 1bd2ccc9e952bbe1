"""What the gateway is made of: given to it, so that tests build each part themselves and nothing is global."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from floodmark.gateway.actions.action_sender import ActionSender
from floodmark.gateway.actions.silence_sender import SilenceSender
from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.integrations.answering import Integrations, integrations_of
from floodmark.gateway.metrics import GatewayMetrics
from floodmark.gateway.pulse import Pulse
from floodmark.gateway.security.access import Gate
from floodmark.gateway.security.api_keys import KeyRing
from floodmark.gateway.security.wiring import gate_of
from floodmark.gateway.settings import GatewaySettings
from floodmark.gateway.state.build import new_view
from floodmark.gateway.state.history import OlderMinutes
from floodmark.gateway.state.silences import Silenced
from floodmark.gateway.state.view import View
from floodmark.gateway.streams import Streams
from processors.domain.ruleset import RuleSet
from runtime.process_metrics import process_registry


@dataclass(slots=True)
class GatewayParts:
    """The parts of one gateway.

    Args:
        settings: Environment and flags.
        registry: Where its metrics are.
        intake: Takes in transactions; None: not yet.
        now_ms: The present, in epoch milliseconds.
        view: What is known from the topics.
        history: Who knows older minutes; None: nobody.
        pulse: How the pipeline is.
        rules: Gives the rules that the workers judge by, as far as is known here; None: nobody knows.
        streams: The streams that are open.
        action_sender: Sends what people do; None: there is no broker.
        silenced: The silences that are known.
        silence_sender: Sends silences; None: there is no broker.
        ring: The API keys.
    """

    settings: GatewaySettings = field(default_factory=GatewaySettings)
    registry: CollectorRegistry = field(default_factory=process_registry)
    intake: Intake | None = None
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    view: View = field(default_factory=lambda: new_view(lambda: time.time_ns() // 1_000_000))
    history: OlderMinutes | None = None
    pulse: Pulse = field(default_factory=Pulse)
    rules: Callable[[], RuleSet] | None = None
    streams: Streams = field(default_factory=Streams)
    action_sender: ActionSender | None = None
    silenced: Silenced = field(default_factory=Silenced)
    silence_sender: SilenceSender | None = None
    ring: KeyRing = field(default_factory=KeyRing)
    gate: Gate = field(init=False)
    """Who is let in, as the settings say."""
    integrations: Integrations = field(init=False)
    metrics: GatewayMetrics = field(init=False)

    def __post_init__(self) -> None:
        """Make the counters, and the gate as the settings say.

        Raises:
            Misused: What is set does not go together, or cannot be used.
        """
        self.gate = gate_of(self.settings, self.settings.gateway_host, self.ring)
        self.integrations = integrations_of(self.settings)
        self.metrics = GatewayMetrics(self.registry)

"""How the pipeline is, as far as a gateway can know: asked from the broker now and then, by a thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GroupPulse:
    """One kind of process that reads topics.

    Args:
        lag: Records that it has still to read.
        members: How many processes of it run; None: the broker does not say.
    """

    lag: int
    members: int | None = None


@dataclass(frozen=True, slots=True)
class BrokerAnswer:
    """What the broker said.

    Args:
        at_ms: When it was asked, in epoch milliseconds.
        groups: By name of the process: worker, clickhouse, webhook ...; those that have never run are left out.
        dead_letters: How many there are; None: it is not known.
        late: How many records came too late; None: it is not known.
        error: Why the broker does not say; empty where it does.
    """

    at_ms: int
    groups: Mapping[str, GroupPulse] = field(default_factory=dict)
    dead_letters: int | None = None
    late: int | None = None
    error: str = ""


class Pulse:
    """The last that was learned; set by one thread, read by others."""

    def __init__(self) -> None:
        self.last: BrokerAnswer | None = None
        """None before the first answer."""
        self.silent_s: float = 0.0
        """For how long the broker has said nothing to the readers of topics."""

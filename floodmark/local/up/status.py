"""What there is to show at one time, gathered into one value for the view and the plain lines."""

from dataclasses import dataclass, field
from datetime import datetime

from floodmark.local.up.cursor import Cursor
from floodmark.local.up.flow import Flow
from floodmark.local.up.supervisor import State
from floodmark.local.up.wording import subject
from schemas.alert import Alert
from sinks.live.feed import Picture


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One component: state, process, how often it was started anew, seconds since its last start."""

    name: str
    state: State
    pid: int | None
    restarts: int
    uptime_s: float
    unwell: str = ""


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """How far the replay is. Rows are those of the files; `rate` is rows a second; `eta_s` None: not known."""

    rows: int
    total: int
    rate: float
    event_at: datetime | None = None
    eta_s: float | None = None
    over: bool = False

    @property
    def share(self) -> float:
        """The part that is done, 0 to 1."""
        return 1.0 if self.total == 0 else min(1.0, self.rows / self.total)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the screen shows; without components, the latest minute has their room as well."""

    doing: str
    broker: str
    uptime_s: float
    picture: Picture
    flow: Flow
    components: tuple[ComponentRow, ...]
    alerts: tuple[Alert, ...] = ()
    replay: ReplayRow | None = None
    not_repeated: str = ""
    now: datetime | None = None
    cursor: Cursor = field(default_factory=Cursor)
    leaves: str = "Ctrl-C stops"


def watching(picture: Picture) -> str:
    """What a pipeline does when it has nothing left to replay: it watches, or it is blind, and then why."""
    blind = [alert for alert in picture.incidents if alert.dimension == "stream"]
    kinds = dict.fromkeys(subject(alert.dimension, alert.key) for alert in blind)
    return f"BLIND: {', '.join(kinds)}" if blind else "watching"


def rate(value: float) -> str:
    """A rate a second, without digits that mean nothing: `0`, `0.4`, `12`, `53,210`."""
    return f"{value:.1f}" if 0 < value < 10 else f"{value:,.0f}"

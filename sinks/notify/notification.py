"""What people have been told, and are to be told: the notifier's whole memory, as it is stored.

A notification is one conversation with a team, about incidents that belong together: one thread in a chat, one
incident at a pager. What is due in it is written down before it is sent and struck out when it has been delivered, so
that whoever takes over after a crash knows what is owed; what a message says is looked up when it is sent, so that
what has been held up is still true.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from schemas.alert import Alert, percent_of
from schemas.language import Language
from schemas.severity import RANK, Severity

Kind = Literal[
    "open", "rise", "more", "flapping", "repeat", "escalation", "acknowledged", "handed_back", "resolved", "passed",
    "corrected", "budget", "digest", "unsilenced", "silenced", "report",
]  # fmt: skip
"""Why something is said: it has begun; has become more severe; more incidents belong to it; it begins and ends again
and again; nobody is on it still; the same, to others; somebody is on it, or somebody else; nobody is any more; it is
over; it is over and was never told; what was told was wrong; people are called more often than their budget says; what
there was that is not urgent; a silence has ended; which silences are on; a report of a shift, a day or a week."""
CALLS: Final = frozenset({"open", "rise", "more", "flapping", "repeat", "escalation", "handed_back"})
"""What calls people. The rest is for those who look."""
ENDS: Final = frozenset({"resolved", "passed", "corrected"})
REPORTS: Final = frozenset({"digest", "unsilenced", "silenced", "report"})
"""What is only to be read: a pager has nothing to do with it."""
ReportKind = Literal["shift", "day", "week"]
"""What a report by schedule may be about."""
FLAPPING: Final = "flapping"
"""What hushes an incident that begins and ends again and again: nobody has made it, so it has no other name."""
_TEXTS: Final[Mapping[str, int]] = {
    "scope": 300,
    "key": 300,
    "summary": 800,
    "recommendation": 500,
    "runbook": 400,
    "acknowledged_note": 1_000,
    "acknowledged_channel": 130,
    "inhibited_by": 130,
    "rule_set": 100,
}
"""How many bytes in JSON are kept of what is said; a word has 64 characters of four bytes at most."""
_RULES, _RULE = 10, 70
_CAUSE, _FURTHER_CAUSE = 300, 70
"""How many bytes a name of the first cause has, and of the two after it, which are codes at most."""
_LOSSES: Final = ("transactions", "amount", "net_transactions")
"""What routes, silences and messages ask for."""
_CHARACTER_BYTES: Final = 6
"""How many bytes a character has in JSON at most."""


AlertPlace = tuple[int, int]
"""A partition, and an offset in it."""
NOWHERE: Final[AlertPlace] = (0, -1)
"""The place of what was heard before places were written down."""


class NotificationMember(Struct):
    """An incident of a notification.

    Args:
        alert: What was last said of it.
        joined_ms: When it was first heard of, in epoch milliseconds of the notifier.
        told_rank: How severe it was told to be; -1 while it was not told.
        hushed_by: What kept it from being told when that was last looked at: a silence, an incident that hides it, or
            FLAPPING.
        times: How often its series has begun on this route, this time included, as far as that counts as flapping.
        over_ms: When its end was heard of; none: it is open, or nobody wrote that down.
        place: Where that lies on the alerts topic: partition and offset.
    """

    alert: Alert
    joined_ms: int
    told_rank: int = -1
    hushed_by: str = ""
    times: int = 1
    over_ms: int | None = None
    place: AlertPlace = NOWHERE

    @property
    def changed_ms(self) -> int:
        """When it last began or ended."""
        return self.joined_ms if self.over_ms is None else max(self.joined_ms, self.over_ms)

    def is_acknowledged(self, now_ms: int) -> bool:
        """Whether somebody is on it: their time is not over, and it is no worse than when they said so."""
        severity = self.alert.acknowledged_severity
        return is_taken(self.alert, now_ms) and (severity is None or RANK[self.alert.severity] <= RANK[severity])


class Due(Struct):
    """A message that is owed to a channel.

    Args:
        channel: Which.
        team: Who is told.
        kind: Why.
        since_ms: Since when it is owed.
        number: Counts the messages of the notification; with its id it tells them apart.
        is_overdue: Whether it was not delivered within the time that a page has, and others were told instead.
        is_first: Whether the channel has been told nothing of the notification before.
    """

    channel: str
    team: str
    kind: Kind
    since_ms: int
    number: int
    is_overdue: bool = False
    is_first: bool = False


class HiddenWords(Struct):
    """An incident that a silence hid, as a report names it."""

    id: str
    scope: str
    key: str
    severity: Severity
    lost: float
    is_over: bool
    dimension: str = ""


class Account(Struct):
    """What one silence has come to, for a report. Times are epoch milliseconds.

    Args:
        id: The silence.
        author: Who made it.
        reason: Why.
        what: What it hides, in words of its match.
        begins_ms: Since when.
        ends_ms: Until when.
        count: How many incidents it hid.
        open: How many of them are not over.
        lost: The transactions that they have lost together.
        worst: The worst of them.
        ended_why: Why it ended; empty: it is on.
        ended_by: Who ended it, or the incident that broke it.
    """

    id: str
    author: str
    reason: str
    what: str
    begins_ms: int
    ends_ms: int
    count: int
    open: int
    lost: float
    worst: list[HiddenWords]
    ended_why: str = ""
    ended_by: str = ""


class Scheduled(Struct, frozen=True):
    """A report that is sent at an hour. Its text is made when it is sent, and never stored.

    Args:
        kind: What it is about.
        at_ms: The instant at which it is due, in epoch milliseconds.
        zone: Whose clock its readers have.
        language: What they read.
    """

    kind: ReportKind
    at_ms: int
    zone: str = "UTC"
    language: Language = "en"


class Notification(Struct):
    """See the module. Times are epoch milliseconds of the notifier.

    Args:
        id: Its name for all time.
        route: The route that its incidents have taken.
        team: Who is told.
        group: What its incidents have in common, as the route says.
        began_ms: When its first incident was heard of.
        members: Its incidents by id, in the order in which they joined.
        first_ms: When people were first told; none: they have not been.
        last_ms: When they were last called.
        is_called: Whether people were called and have not been told the end.
        rank: How severe it was told to be; -1 while it was not.
        steps: How many steps of the route's escalation have been taken.
        alone_ms: Since when nobody is on it any more; none: nobody has been.
        is_acknowledged: Whether people were told that somebody is on it.
        taken_by: Who they were told is.
        channels: All that were told of it, with the team: these hear of its end.
        due: What is owed, at most one message for each channel.
        handles: By channel, what its target calls the conversation.
        over_ms: When its end was told.
        number: Of its last message.
        drill: Whether it is a drill, and of no incident.
        paged: By team, since when the last page was owed that was counted.
        pages: Of a word about the budget: so many times the team was called this week. It has no incidents.
        is_digest: Whether it collects what is not urgent for its route's digest.
        report: What it tells of silences: it has no incidents then, and is told once.
        scheduled: The report that it is: the same holds then; None: it is none.
        is_reached: Whether a channel has taken what people were last called for.
        nobody_ms: Since when a call is owed that nobody has taken, and that nobody is left to be called for; none:
            there is no such call.
        refused: By channel, the last message that it has refused for good, until it takes another one.
    """

    id: str
    route: str
    team: str
    group: tuple[str, ...]
    began_ms: int
    members: dict[str, NotificationMember] = field(default_factory=dict)
    first_ms: int | None = None
    last_ms: int = 0
    is_called: bool = False
    rank: int = -1
    steps: int = 0
    alone_ms: int | None = None
    is_acknowledged: bool = False
    taken_by: str = ""
    channels: dict[str, str] = field(default_factory=dict)
    due: dict[str, Due] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)
    over_ms: int | None = None
    number: int = 0
    drill: bool = False
    paged: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    is_digest: bool = False
    report: list[Account] = field(default_factory=list)
    scheduled: Scheduled | None = None
    is_reached: bool = False
    nobody_ms: int | None = None
    refused: dict[str, Due] = field(default_factory=dict)

    @property
    def open(self) -> list[NotificationMember]:
        """The incidents that are not over."""
        return [member for member in self.members.values() if not member.alert.is_over]

    @property
    def joined_ms(self) -> int:
        """When its last incident joined; when it began where none is left in it."""
        return max((member.joined_ms for member in self.members.values()), default=self.began_ms)

    @property
    def latest_ms(self) -> int:
        """The latest time that is noted in it."""
        times = [self.began_ms, self.first_ms or 0, self.last_ms, self.over_ms or 0]
        times += [member.joined_ms for member in self.members.values()]
        return max(times + [due.since_ms for due in self.due.values()] + [*self.paged.values()])

    def cut_to(self, now_ms: int) -> None:
        """Whatever is noted as later than now has happened now."""
        self.began_ms, self.last_ms = min(self.began_ms, now_ms), min(self.last_ms, now_ms)
        self.first_ms = None if self.first_ms is None else min(self.first_ms, now_ms)
        self.over_ms = None if self.over_ms is None else min(self.over_ms, now_ms)
        for one in self.members.values():
            one.joined_ms = min(one.joined_ms, now_ms)
            one.over_ms = None if one.over_ms is None else min(one.over_ms, now_ms)
        for due in self.due.values():
            due.since_ms = min(due.since_ms, now_ms)
        self.paged = {team: min(at_ms, now_ms) for team, at_ms in self.paged.items()}


def is_taken(alert: Alert, now_ms: int) -> bool:
    """Whether somebody has said that they are on it, and the time for which they said so is not over."""
    until = alert.acknowledged_until
    return alert.acknowledged_by is not None and (until is None or now_ms < until.timestamp() * 1000)


def lost(alert: Alert) -> float:
    """Transactions that the incident is said to have lost so far."""
    return alert.estimated_loss.get("transactions", 0.0)


def slim(alert: Alert) -> Alert:
    """The alert without what no message says: how the judge has come to it. It has some 6 000 bytes at most.

    What the judge says is far shorter than what is cut here; but others may write to the topic, and whatever they
    write, a notification stays below what a record may have.
    """
    texts = {name: _cut(getattr(alert, name), most) for name, most in _TEXTS.items()}
    unsaid: dict[str, object] = {
        "terms": {},
        "damage": _slim_damage(alert.damage),
        "mean": None,
        "std": None,
        "z": None,
        "severity_because": "",
        "rules": [_cut(rule, _RULE) for rule in alert.rules[:_RULES]],
        "attribution": [
            _slim_cause(cause, most)
            for cause, most in zip(alert.attribution, (_CAUSE, *[_FURTHER_CAUSE] * 2), strict=False)
        ],
        "estimated_loss": {name: alert.estimated_loss[name] for name in _LOSSES if name in alert.estimated_loss},
        "acknowledged_by": None if alert.acknowledged_by is None else _cut(alert.acknowledged_by, 200),
    }
    return alert.model_copy(update=unsaid | texts)


def _slim_damage(damage: Mapping[str, float]) -> dict[str, float]:
    share = damage.get("share", 0.0)
    return {"share": share} if 0.0 < share <= 1.0 else {}


def _slim_cause(cause: Mapping[str, Any], most: int) -> dict[str, Any]:
    kept: dict[str, Any] = {name: _cut(str(cause[name]), most) for name in ("dimension", "key") if name in cause}
    percent = percent_of(cause)
    return kept | ({} if percent is None else {"percent": percent})


def _cut(text: str, most: int) -> str:
    """As much of the beginning as has so many bytes in JSON."""
    if len(text) * _CHARACTER_BYTES <= most:
        return text
    while (size := len(msgspec.json.encode(text))) > most + 2:
        text = text[: max(len(text) * most // size, 0)]
    return text


def _hooked(value: Any) -> Any:
    if isinstance(value, Alert):
        return value.model_dump(mode="json", exclude_defaults=True)
    raise NotImplementedError


def _unhooked(kind: type, value: Any) -> Any:
    if kind is Alert:
        return slim(Alert.model_validate(value))
    raise NotImplementedError


encoded: Final = msgspec.json.Encoder(enc_hook=_hooked).encode
decoded: Final = msgspec.json.Decoder(Notification, dec_hook=_unhooked).decode
"""The notification that was encoded; raises `msgspec.ValidationError`, or of an alert `pydantic.ValidationError`."""

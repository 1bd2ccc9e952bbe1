"""Whether a notification that was read can be worked with: whoever writes on its topic beside us ends nobody."""

from collections.abc import Iterator
from typing import Final, get_args

from schemas.bounds import LAST_MS
from schemas.severity import RANK
from sinks.notify.notification import Due, Kind, Notification
from sinks.notify.silences import Why

_NEEDS: Final[dict[Kind, str]] = {"report": "scheduled", "unsilenced": "report", "silenced": "report"}
"""What a message tells of that is about no incident; one about a budget needs nothing."""

_ENDS: Final = ("", *get_args(Why))


def unsound(notification: Notification, name: str) -> str:
    """What cannot be in a notification that was written under a name; empty where all can."""
    return next(_faults(notification, name), "")


def _faults(notification: Notification, name: str) -> Iterator[str]:
    if notification.id != name:
        yield "its key is not its id"
    if not all(0 <= at_ms <= LAST_MS for at_ms in _times(notification)):
        yield "a time has no date"
    if min(notification.steps, notification.number, notification.pages) < 0:
        yield "a count is below zero"
    if not -1 <= notification.rank <= max(RANK.values()):
        yield "its rank is none"
    if any(incident != member.alert.incident_id for incident, member in notification.members.items()):
        yield "an incident is under another name"
    owed = [*notification.due.items(), *notification.refused.items()]
    if any(channel != due.channel for channel, due in owed):
        yield "a message is under another channel"
    if not all(_is_about_something(notification, due) for _, due in owed):
        yield "a message is about nothing"
    if not all(account.ended_why in _ENDS for account in notification.report):
        yield "a silence ended for no reason that there is"
    if not (notification.members or notification.is_digest or notification.over_ms is not None or _tells(notification)):
        yield "it is about nothing"


def _tells(notification: Notification) -> bool:
    return bool(notification.report) or notification.scheduled is not None


def _is_about_something(notification: Notification, due: Due) -> bool:
    if due.kind == "budget":
        return True
    needed = _NEEDS.get(due.kind, "members")
    return bool(getattr(notification, needed)) and (needed != "members" or not _tells(notification))


def _times(notification: Notification) -> Iterator[int]:
    yield from (notification.began_ms, notification.last_ms, *notification.paged.values())
    yield from (
        at_ms
        for at_ms in (notification.first_ms, notification.over_ms, notification.alone_ms, notification.nobody_ms)
        if at_ms is not None
    )
    for member in notification.members.values():
        yield from (member.joined_ms, member.over_ms or 0)
    yield from (due.since_ms for due in (*notification.due.values(), *notification.refused.values()))
    for account in notification.report:
        yield from (account.begins_ms, account.ends_ms)
    if notification.scheduled is not None:
        yield notification.scheduled.at_ms

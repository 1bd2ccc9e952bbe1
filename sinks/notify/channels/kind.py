"""What a kind of channel is: its settings, how it is opened, and what it can and cannot do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from sinks.notify.channels.contract import Channel
from sinks.notify.channels.settings import ChannelSettings, Ground
from sinks.notify.routing import faults

Settings = TypeVar("Settings", bound=ChannelSettings)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a kind can and cannot do, in words; each begins with yes, no or a condition.

    Args:
        update: Whether what was sent changes with the incident.
        thread: Whether what follows is kept together with it.
        acknowledge: Whether that somebody is on it is carried there.
        resolve: Whether the end is carried there.
        receipt: Whether the target says that it has taken the message.
        buttons: Whether people can answer in it.
        reports: Whether digests and reports are told there: they are to be read, and call nobody.
        again: What comes of a message whose receipt was lost, and that is sent again.
    """

    update: str
    thread: str
    acknowledge: str
    resolve: str
    receipt: str
    buttons: str
    reports: str
    again: str


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """Which key of a table is wrong (empty: the table), and what is wrong with it; no value is in it."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class ChannelKind(Generic[Settings]):
    """One kind.

    Args:
        settings: The keys of its tables.
        open: Makes a channel; raises `ChannelMisconfigured`.
        abilities: What it can do.
        purpose: What it is for, in a few words.
        lasts: After so long without another message the target takes what it was told for over; none: it does not.
    """

    settings: type[Settings]
    open: Callable[[Settings, Ground], Channel]
    abilities: Abilities
    purpose: str
    lasts: Callable[[Settings], timedelta] | None = None

    @property
    def is_read(self) -> bool:
        """Whether reports are told there."""
        return self.abilities.reports.startswith("yes")

    def wrong(self, given: Mapping[str, Any]) -> WrongSetting | None:
        """The first of the keys that cannot be, if any; see `wrong_setting`."""
        return wrong_setting(self.settings, given)

    def made(self, given: Mapping[str, Any], ground: Ground) -> Channel:
        """The channel of these keys, which have been checked; raises `ChannelMisconfigured`."""
        return self.open(self.settings.model_validate(dict(given)), ground)

    def lasts_for(self, given: Mapping[str, Any]) -> timedelta | None:
        """See `lasts`, of a channel of these keys, which have been checked."""
        return None if self.lasts is None else self.lasts(self.settings.model_validate(dict(given)))


def wrong_setting(settings: type[ChannelSettings], given: Mapping[str, Any]) -> WrongSetting | None:
    """The first of the keys that cannot be, if any. Values are never repeated: one may be a secret."""
    try:
        settings.model_validate(dict(given))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        # A misspelled name is why the right one is missing.
        first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
        key, way = faults.place(first) if first["loc"] else ("", "")
        return WrongSetting(key, f"{way}: " * bool(way) + faults.allowed(settings, first))
    return None

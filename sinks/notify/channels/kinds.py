"""All kinds of channels by name: whoever reads routing files, opens channels or lists them asks here."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sinks.notify.channels.console.channel import opened as console
from sinks.notify.channels.console.settings import ConsoleSettings
from sinks.notify.channels.contract import Channel
from sinks.notify.channels.kind import Abilities, ChannelKind, WrongSetting
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.channels.webhook.channel import opened as webhook
from sinks.notify.channels.webhook.settings import WebhookChannelSettings
from sinks.notify.routing.model import ChannelTable

KINDS: Final[Mapping[str, ChannelKind[Any]]] = {
    "console": ChannelKind(
        ConsoleSettings,
        console,
        Abilities(
            update="no",
            thread="no",
            acknowledge="yes, a line",
            resolve="yes, a line",
            receipt="yes, when it is printed",
            buttons="no",
            again="printed twice",
        ),
        "the notifier's own output: to try routes, and for logs",
    ),
    "webhook": ChannelKind(
        WebhookChannelSettings,
        webhook,
        Abilities(
            update="yes, an event for each change",
            thread="yes, by the subject of the events",
            acknowledge="yes, an event",
            resolve="yes, an event",
            receipt="yes, its status",
            buttons="no",
            again="told by the idempotency key",
        ),
        "an HTTP endpoint of your own: CloudEvents, signed",
    ),
}


def wrong(table: ChannelTable) -> WrongSetting | None:
    """What is wrong with a `[[channel]]` table, if anything; no secret is read for that."""
    kind = KINDS.get(table.kind)
    if kind is None:
        return WrongSetting("kind", f"is {table.kind!r}, which is not known; known are: {', '.join(sorted(KINDS))}")
    return kind.wrong(table.settings)


def opened(tables: Iterable[ChannelTable], ground: Ground | None = None) -> dict[str, Channel]:
    """The channels of a routing file by name.

    Raises:
        ChannelMisconfigured: one of them cannot be opened; all that were opened before it are closed again.
    """
    ground = ground or Ground()
    made: dict[str, Channel] = {}
    try:
        for table in tables:
            made[table.name] = KINDS[table.kind].made(table.settings, ground)
    except ChannelMisconfigured as error:
        for channel in made.values():
            channel.close()
        raise ChannelMisconfigured(f"[[channel]] {table.name}: {error}") from None
    return made

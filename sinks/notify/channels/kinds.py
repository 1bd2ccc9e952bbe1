"""All kinds of channels by name: whoever reads routing files, opens channels or lists them asks here."""

from collections.abc import Mapping
from typing import Any, Final

from sinks.notify.channels.alertmanager.channel import opened as alertmanager
from sinks.notify.channels.alertmanager.settings import AlertmanagerSettings
from sinks.notify.channels.apprise.channel import opened as apprise
from sinks.notify.channels.apprise.settings import AppriseSettings
from sinks.notify.channels.console.channel import opened as console
from sinks.notify.channels.console.settings import ConsoleSettings
from sinks.notify.channels.contract import Channel
from sinks.notify.channels.kind import Abilities, ChannelKind, WrongSetting
from sinks.notify.channels.opsgenie.channel import opened as opsgenie
from sinks.notify.channels.opsgenie.settings import OpsgenieSettings
from sinks.notify.channels.pagerduty.channel import opened as pagerduty
from sinks.notify.channels.pagerduty.settings import PagerDutySettings
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.channels.slack.channel import opened as slack
from sinks.notify.channels.slack.settings import SlackSettings
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
            reports="yes",
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
            reports="yes",
            again="told by the idempotency key",
        ),
        "an HTTP endpoint of your own: CloudEvents, signed",
    ),
    "pagerduty": ChannelKind(
        PagerDutySettings,
        pagerduty,
        Abilities(
            update="in part: a trigger joins the open alert and its log; what is worse takes its place, and calls",
            thread="yes, one open alert",
            acknowledge="yes",
            resolve="yes",
            receipt="yes, that it is accepted; not that somebody was reached",
            buttons="PagerDuty's own",
            reports="no: it calls people",
            again="joins the same alert, by the dedup key",
        ),
        "PagerDuty, Events API v2",
    ),
    "slack": ChannelKind(
        SlackSettings,
        slack,
        Abilities(
            update="yes, one message changes",
            thread="yes, under the message",
            acknowledge="yes",
            resolve="yes",
            receipt="yes, the message's channel and ts",
            buttons="with buttons = true: I am on it, I take over, not useful; the gateway answers",
            reports="yes",
            again="a first message is posted twice; a change is made twice, with two replies",
        ),
        "a Slack channel, by an app's bot token",
    ),
    "alertmanager": ChannelKind(
        AlertmanagerSettings,
        alertmanager,
        Abilities(
            update="in part: its annotations change there; Alertmanager sends nothing new for that",
            thread="yes, one alert",
            acknowledge="as an annotation; Alertmanager knows no acknowledgement",
            resolve="yes",
            receipt="yes, that it is taken; not what Alertmanager sends on",
            buttons="no",
            reports="no: it calls people",
            again="the same alert, by its labels",
        ),
        "a Prometheus Alertmanager, API v2",
        lasts=lambda settings: settings.expires_after,
    ),
    "opsgenie": ChannelKind(
        OpsgenieSettings,
        opsgenie,
        Abilities(
            update="yes, message and priority; what is worse is an alert in place of the one before, and calls",
            thread="yes, one open alert",
            acknowledge="yes",
            resolve="yes, it is closed",
            receipt="yes, that it is accepted, with the request's id",
            buttons="Opsgenie's own",
            reports="no: it calls people",
            again="counts on the same alert, by the alias",
        ),
        "Opsgenie, or Jira Service Management, Alert API v2",
    ),
    "apprise": ChannelKind(
        AppriseSettings,
        apprise,
        Abilities(
            update="no, what was sent stays as it is",
            thread="no, each message stands by itself",
            acknowledge="as one more message",
            resolve="as one more message",
            receipt="no: apprise says that it was taken, and nothing of the target's own",
            buttons="no",
            reports="yes",
            again="arrives twice",
        ),
        "e-mail, Teams, Discord, Telegram, SMS and more, by a URL of the library apprise",
    ),
}


def wrong(table: ChannelTable) -> WrongSetting | None:
    """What is wrong with a `[[channel]]` table, if anything; no secret is read for that."""
    kind = KINDS.get(table.kind)
    if kind is None:
        return WrongSetting("kind", f"is {table.kind!r}, which is not known; known are: {', '.join(sorted(KINDS))}")
    return kind.wrong(table.settings)


def made(table: ChannelTable, ground: Ground) -> Channel:
    """The channel of a table that has been checked.

    Raises:
        ChannelMisconfigured: it cannot be opened; the message names the channel, and holds no secret.
    """
    try:
        return KINDS[table.kind].made(table.settings, ground)
    except ChannelMisconfigured as error:
        raise ChannelMisconfigured(f"[[channel]] {table.name}: {error}") from None

"""Whom the notifier tells that it lives."""

from datetime import timedelta

from sinks.notify.channels.webhook.settings import WebhookChannelSettings
from sinks.notify.routing.spans import Span


class HeartbeatSettings(WebhookChannelSettings):
    """`[heartbeat]`: the keys of a webhook's address, and how often.

    Args:
        every: How often; the service outside is to call people after two or three of these.
    """

    every: Span = timedelta(minutes=1)

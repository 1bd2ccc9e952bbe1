"""The channel webhook."""

from typing import Final

from sinks.http import signature
from sinks.notify.channels.contract import Channel, Receipt
from sinks.notify.channels.service import Service, encoded
from sinks.notify.channels.settings import Ground
from sinks.notify.channels.webhook.payload import event, key
from sinks.notify.channels.webhook.settings import WebhookChannelSettings
from sinks.notify.content import Content

ADVICE: Final = {
    401: "check the secret, and the credentials that are part of the URL",
    403: "check the credentials that are part of the URL, and what the receiver permits",
    410: "the receiver is gone for good; give the channel another URL",
}


class WebhookChannel:
    """Posts notifications to one URL; implements `sinks.notify.channels.contract.Channel`."""

    def __init__(self, settings: WebhookChannelSettings, ground: Ground) -> None:
        self._secrets = tuple(secret.encode() for secret in settings.secrets("secret", ground, most=2))
        self._service = Service("the webhook", settings.whole_url(ground), settings, ground, ADVICE)
        self._wall_s = ground.wall_s

    def send(self, content: Content, _handle: str) -> Receipt:
        """See `Channel.send`. The receiver tells the same message by its idempotency key."""
        body = encoded(event(content))
        headers = {"Content-Type": "application/cloudevents+json; charset=utf-8", "Idempotency-Key": key(content)}
        if self._secrets:
            headers[signature.HEADER] = signature.sign(self._secrets, body, int(self._wall_s()))
        answer = self._service.ask(body, headers)
        self._service.settle(answer)
        return Receipt(str(answer.status))

    def wants(self, _content: Content) -> bool:
        """See `Channel.wants`: all that is said."""
        return True

    def close(self) -> None:
        """See `Channel.close`."""
        self._service.close()


def opened(settings: WebhookChannelSettings, ground: Ground) -> Channel:
    """A channel to the settings' URL."""
    return WebhookChannel(settings, ground)

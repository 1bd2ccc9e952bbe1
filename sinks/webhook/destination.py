"""The destination webhook."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import httpcore
from pydantic import ValidationError

from schemas.alert import Alert, CloudEvent
from schemas.codec import decode
from sinks.protocol import BadRecord, Busy, Entry, Limits, Record, Refusal, Trouble, Unreadable
from sinks.webhook import signature
from sinks.webhook.addresses import ForbiddenAddress
from sinks.webhook.answers import Verdict, retry_after_s, trouble, verdict
from sinks.webhook.selection import Selection
from sinks.webhook.settings import WebhookSettings
from sinks.webhook.transport import Answer, Transport

KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
"""What an idempotency key may look like: it becomes a header."""
MOST_KEYS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """One alert as it is sent.

    Args:
        alert: What it says.
        body: The envelope, byte for byte as on the topic.
        key: The idempotency key.
    """

    alert: Alert
    body: bytes
    key: str


class Posts(Protocol):
    """What sends one request; see `Transport`."""

    def post(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Send it and return the answer."""

    def close(self) -> None:
        """Close the connection."""


class Webhook:
    """Posts alerts to one URL; implements `sinks.protocol.Destination`.

    Args:
        settings: Which URL, and how; checked before.
        transport: Sends; none: a real one.
        wall_s: Epoch seconds, for signatures and dates.
    """

    name = "webhook"
    limits = Limits(records=10, linger_s=0.02)

    def __init__(
        self,
        settings: WebhookSettings,
        transport: Posts | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._secrets = settings.secrets
        self._transport: Posts = transport or Transport(
            settings.url, settings.timeouts, allow_private=settings.allow_private
        )
        self._selection = Selection(all_states=settings.all_states)
        self._wall_s = wall_s
        self._delivered: OrderedDict[str, None] = OrderedDict()

    def read(self, record: Record) -> Entry[Message] | None:
        """See `Destination.read`. A record without a value is a tombstone of a compacted topic."""
        if record.value is None:
            return None
        try:
            alert = decode(CloudEvent, record.value).data
        except ValidationError as error:
            raise Unreadable(f"not an alert: {error.error_count()} fields are wrong") from error
        key = f"{alert.incident_id}:{alert.revision}"
        if not KEY.fullmatch(key):
            raise Unreadable("incident_id has characters that cannot be in a header")
        return Entry(record, Message(alert, record.value, key), int(alert.timestamp.timestamp() * 1000))

    def write(self, batch: Sequence[Entry[Message]]) -> int:
        """See `Destination.write`. What was delivered is not sent again when the rest is offered again."""
        bad: list[tuple[Entry[Any], str]] = []
        sent = 0
        for entry in batch:
            if entry.data.key not in self._delivered:
                if not self._selection.wants(entry.data.alert):
                    continue
                try:
                    refused = self._send(entry.data)
                except Busy:
                    if bad:
                        break
                    raise
                if refused:
                    bad.append((entry, refused))
                    continue
            sent += 1
        if bad:
            raise BadRecord(Refusal.REJECTED, bad)
        return sent

    def close(self) -> None:
        """See `Destination.close`."""
        self._transport.close()

    def _send(self, message: Message) -> str:
        """Send one; returns why it was rejected for good, or nothing when it was delivered."""
        answer = self._post(message)
        match verdict(answer.status):
            case Verdict.DELIVERED:
                self._remember(message)
                return ""
            case Verdict.NEVER:
                redirect = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
                return f"the webhook answered {answer.status}{redirect}"
            case Verdict.LATER:
                now = datetime.fromtimestamp(self._wall_s(), UTC)
                after_s = retry_after_s(answer.retry_after, now)
                raise Busy(trouble(answer.status), f"the webhook answered {answer.status}", after_s)

    def _post(self, message: Message) -> Answer:
        """Send it; what goes wrong on the way is told by its class alone, since texts may hold the URL."""
        try:
            return self._transport.post(message.body, self._headers(message))
        except httpcore.TimeoutException as error:
            raise Busy(Trouble.TIMEOUT, f"the webhook took too long ({type(error).__name__})") from None
        except ForbiddenAddress as error:
            raise Busy(Trouble.FORBIDDEN_ADDRESS, str(error)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Busy(Trouble.UNREACHABLE, f"the webhook cannot be reached ({type(error).__name__})") from None

    def _headers(self, message: Message) -> dict[str, str]:
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "floodmark",
            "Idempotency-Key": message.key,
        }
        if self._secrets:
            headers[signature.HEADER] = signature.sign(self._secrets, message.body, int(self._wall_s()))
        return headers

    def _remember(self, message: Message) -> None:
        self._selection.sent(message.alert)
        self._delivered[message.key] = None
        if len(self._delivered) > MOST_KEYS:
            self._delivered.popitem(last=False)

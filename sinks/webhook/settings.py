"""What a webhook needs to know, checked before anything is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from sinks.delivery.channel import Terms
from sinks.http.addresses import ForbiddenAddress, Resolve, permitted, resolve
from sinks.http.transport import Timeouts


class WebhookMisconfigured(Exception):
    """The settings cannot be used; the message says what to change, without the URL or the secret."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What permits what is refused, as people have to write it.

    Args:
        http: Permits a URL without TLS.
        private: Permits addresses that are not public.
    """

    http: str = "--allow-http"
    private: str = "--allow-private"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """One webhook.

    Args:
        url: Where to; not shown anywhere, because tokens are often part of it.
        secrets: What requests are signed with: none, one, or the new and the old one.
        allow_http: Permit a URL without TLS.
        allow_private: Permit addresses that are not public.
        all_states: Send every alert, also updates that change nothing for people.
        timeouts: How long each step may take.
        terms: How many at once, how long each, and what becomes of the past.
    """

    url: str = field(repr=False)
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    allow_http: bool = False
    allow_private: bool = False
    all_states: bool = False
    timeouts: Timeouts = field(default_factory=Timeouts)
    terms: Terms = field(default_factory=Terms)

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be shown."""
        url = httpx.URL(self.url)
        return f"{url.scheme}://{url.netloc.decode()}"

    def check(self, resolver: Resolve = resolve, flags: Flags = Flags()) -> None:
        """Check the URL as far as that can be done without sending anything.

        A host name that is not known now is no error: it may be known later.

        Args:
            resolver: Looks host names up.
            flags: How whoever asks is to permit what is refused.

        Raises:
            WebhookMisconfigured: it cannot be used.
        """
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL:
            raise WebhookMisconfigured("The webhook's URL cannot be read. It looks like https://HOST/PATH.") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise WebhookMisconfigured("The webhook's URL has to begin with https:// and name a host.")
        if url.userinfo:
            raise WebhookMisconfigured("The webhook's URL must not hold a name and a password.")
        if url.scheme == "http" and not self.allow_http:
            raise WebhookMisconfigured(f"The webhook's URL is not https. {flags.http} permits http.")
        try:
            permitted(resolver(url.host, url.port or 443), allow_private=self.allow_private)
        except ForbiddenAddress as error:
            why = "Refused: the webhook's host is at a private address"
            raise WebhookMisconfigured(f"{why}; {flags.private} permits that.") from error
        except (OSError, UnicodeError):
            return


def read_secrets(file: Path | None, variable: str | None, warn: Callable[[str], None]) -> tuple[bytes, ...]:
    """The signing secrets: the lines of `file`, or else the value of a variable; none when there is neither.

    Args:
        file: One secret a line, the newest first; at most two.
        variable: The value of the environment variable.
        warn: Told when the file can be read by others.

    Raises:
        WebhookMisconfigured: the file cannot be read, is empty or has too many lines.
    """
    if file is None:
        return (variable.encode(),) if variable else ()
    try:
        lines = [line.strip() for line in file.read_bytes().splitlines() if line.strip()]
        shared = file.stat().st_mode & 0o077
    except OSError as error:
        raise WebhookMisconfigured(f"The secret file cannot be read: {error.strerror}.") from error
    if not 1 <= len(lines) <= 2:
        raise WebhookMisconfigured("The secret file has to hold one secret, or the new and the old one on two lines.")
    if shared:
        warn("the secret file can be read by other users")
    return tuple(lines)

"""The channel apprise. The library is imported when a channel is opened: it takes a second."""

from typing import TYPE_CHECKING, Final

from schemas.severity import Severity
from sinks.http.answers import Verdict, trouble, verdict
from sinks.notify.channels.apprise import bounded, overheard
from sinks.notify.channels.apprise.payload import letter
from sinks.notify.channels.apprise.settings import AppriseSettings
from sinks.notify.channels.contract import Channel, Receipt, Refused
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.content import Content
from sinks.notify.notification import ENDS
from sinks.protocol import Busy, Trouble

if TYPE_CHECKING:
    from apprise import NotifyBase

MAIL: Final = ("mailto", "mailtos")
TYPES: Final[dict[Severity, str]] = {"critical": "failure", "warning": "warning", "info": "info"}
WELL: Final = "success"


class AppriseChannel:
    """Sends to one target of the library apprise; implements `sinks.notify.channels.contract.Channel`."""

    def __init__(self, target: "NotifyBase", name: str, *, repeats: bool) -> None:
        self._target = target
        self._name = name
        self._repeats = repeats

    def send(self, content: Content, _handle: str) -> Receipt:
        """See `Channel.send`. A message whose receipt was lost arrives twice: few targets know a key for that."""
        title, body = letter(content, self._target.body_maxlen, self._target.title_maxlen, is_mail=self._name in MAIL)
        kind = WELL if content.kind in ENDS else TYPES[content.severity]
        with overheard.hearing() as heard, bounded.within(bounded.TOTAL_S) as limit:
            try:
                is_taken = self._target.notify(title=title, body=body, notify_type=kind, body_format="text")
            except Exception as error:  # its plugins raise what they like; texts may hold the URL
                why = f"{self._name} by apprise failed ({type(error).__name__})"
                raise Busy(Trouble.SERVER_ERROR, why) from None
            if not is_taken:
                raise self._failure(heard, is_late=limit.is_over)
        return Receipt("taken, as apprise says")

    def wants(self, content: Content) -> bool:
        """See `Channel.wants`."""
        return self._repeats or content.kind != "repeat"

    def close(self) -> None:
        """See `Channel.close`. Apprise keeps no connection."""

    def _failure(self, heard: overheard.ErrorCodes, *, is_late: bool) -> Exception:
        """What the number that was named means, where the target had the time to name one."""
        name = f"{self._name} by apprise"
        if is_late:
            return Busy(Trouble.TIMEOUT, f"{name} has not answered within {bounded.TOTAL_S:.0f} s")
        if heard.is_distrusted:
            return Busy(Trouble.REFUSED, f"{name}: the server's certificate is not accepted")
        if heard.smtp >= 500:
            return Busy(
                Trouble.REFUSED, f"{name}: the mail server answered {heard.smtp}; check credentials, from and to"
            )
        if heard.smtp >= 400:
            return Busy(Trouble.SERVER_ERROR, f"{name}: the mail server answered {heard.smtp}")
        if heard.http < 300:
            return Busy(Trouble.UNREACHABLE, f"{name} was not taken, and apprise does not say why")
        detail = f"{name} was answered {heard.http}"
        match verdict(heard.http):
            case Verdict.REJECTED:
                return Refused(detail)
            case Verdict.LATER:
                return Busy(trouble(heard.http), detail)
        return Busy(Trouble.REFUSED, f"{detail}: check what its URL says")


def opened(settings: AppriseSettings, ground: Ground) -> Channel:
    """A channel to the settings' target."""
    from apprise import Apprise, AppriseAsset

    overheard.listen()
    bounded.bind()
    url = settings.secret("url", ground)
    # Whoever follows a redirect asks for a page in place of telling: that would be taken for told.
    asset = AppriseAsset(storage_mode="memory", secure_logging=True, http_redirects=False)
    target = Apprise.instantiate(url, asset=asset)
    if target is None:
        raise ChannelMisconfigured("the url is none that apprise knows, or a part of it is missing or wrong")
    # How fast a target may be asked is what it says itself, and whoever delivers keeps to it.
    target.request_rate_per_sec = 0.0
    return AppriseChannel(target, url.partition("://")[0].lower(), repeats=settings.repeats)

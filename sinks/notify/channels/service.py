"""One service that is asked over HTTP, and what its answers mean for whoever delivers."""

import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpcore

from sinks.http.addresses import ForbiddenAddress
from sinks.http.answers import Verdict, retry_after_s, trouble, verdict
from sinks.http.transport import Answer, Timeouts, Transport, UnknownHost
from sinks.notify.channels.contract import Refused
from sinks.notify.channels.settings import Ground, HttpSettings
from sinks.protocol import Busy, Trouble

CONNECTIONS: Final = 4
JSON: Final = "application/json; charset=utf-8"


class Service:
    """Asks a service. Neither the URL, nor a header, nor a word of an answer is in what is raised.

    Args:
        name: What people call it.
        url: Where it is.
        settings: How it may be reached.
        ground: Clock and resolver.
        advice: What to mend after a status, where it is not the URL.
    """

    def __init__(
        self, name: str, url: str, settings: HttpSettings, ground: Ground, advice: Mapping[int, str] | None = None
    ) -> None:
        self._name = name
        self._wall_s = ground.wall_s
        self._advice = dict(advice or {})
        self._transport = Transport(
            url,
            Timeouts(),
            allow_private=settings.allow_private,
            tls=settings.tls(),
            resolver=ground.resolver,
            connections=CONNECTIONS,
        )

    def ask(self, body: bytes, headers: Mapping[str, str], path: str = "", method: str = "POST") -> Answer:
        """Send it and return the answer, whatever it is; raises `Busy` where there is none."""
        sent = {"Content-Type": JSON, "User-Agent": "floodmark", **headers}
        try:
            return self._transport.post(body, sent, path, method)
        except httpcore.TimeoutException as error:
            raise Busy(Trouble.TIMEOUT, f"{self._name} took too long ({type(error).__name__})") from None
        except ForbiddenAddress:
            why = f"{self._name} is at a private address; allow_private = true in its [[channel]] permits that"
            raise Busy(Trouble.FORBIDDEN_ADDRESS, why) from None
        except UnknownHost:
            raise Busy(Trouble.UNREACHABLE, f"{self._name} cannot be reached: its host name is not known") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            if distrust := _distrust(error):
                why = f"{self._name} shows a certificate that is not accepted ({distrust})"
                raise Busy(Trouble.REFUSED, why) from None
            raise Busy(Trouble.UNREACHABLE, f"{self._name} cannot be reached ({type(error).__name__})") from None

    def settle(self, answer: Answer) -> None:
        """Return where it was taken.

        Raises:
            Refused: 400, 413, 422: the message is refused as it is.
            Busy: 408, 425, 429 and 5xx pass by themselves, not before `Retry-After`; of the rest, like 401, 403 and
                404, somebody has to mend what is wrong.
        """
        detail = f"{self._name} answered {answer.status}"
        match verdict(answer.status):
            case Verdict.DELIVERED:
                return
            case Verdict.REJECTED:
                raise Refused(detail)
            case Verdict.MENDABLE:
                raise Busy(Trouble.REFUSED, f"{detail}: {self._what_to_mend(answer.status)}", self.wait_s(answer))
            case Verdict.LATER:
                raise Busy(trouble(answer.status), detail, self.wait_s(answer))

    def wait_s(self, answer: Answer) -> float | None:
        """The seconds that an answer asks to wait."""
        return retry_after_s(answer.retry_after, datetime.fromtimestamp(self._wall_s(), UTC))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _what_to_mend(self, status: int) -> str:
        if 300 <= status < 400:
            return "redirects are not followed; give the URL that it redirects to"
        return self._advice.get(status, "check the url of its [[channel]]")


def _distrust(error: BaseException | None) -> str:
    """What OpenSSL says against the certificate, where that is behind the error; it names no secret."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


def encoded(payload: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    """As JSON in UTF-8."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def fields_of(answer: Answer) -> dict[str, Any]:
    """The JSON object that the answer holds; empty where it holds none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

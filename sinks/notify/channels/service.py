"""One service that is asked over HTTP, and what its answers mean for whoever delivers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sinks.http.answers import retry_after_s
from sinks.http.asking import asked, settled
from sinks.http.transport import Answer, Timeouts, Transport
from sinks.notify.channels.contract import Refused
from sinks.notify.channels.settings import Ground, HttpSettings

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
        return asked(
            self._name,
            "allow_private = true in its [[channel]]",
            lambda: self._transport.post(body, sent, path, method),
        )

    def settle(self, answer: Answer) -> None:
        """Return where it was taken; raises `Refused` or `Busy`, see `sinks.http.asking.settled`."""
        settled(answer, self._name, self._now(), self._what_to_mend, Refused)

    def wait_s(self, answer: Answer) -> float | None:
        """The seconds that an answer asks to wait."""
        return retry_after_s(answer.retry_after, self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall_s(), UTC)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _what_to_mend(self, status: int) -> str:
        if 300 <= status < 400:
            return "redirects are not followed; give the URL that it redirects to"
        return self._advice.get(status, "check the url of its [[channel]]")


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

"""What the tests of the page look at: four hours of three scopes, one of them in trouble, with names that mean harm."""

import shutil
from datetime import UTC, datetime
from functools import cache
from typing import Final

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.floodmark.gateway.page.traffic_kit import DENIALS, Judged, Trouble, judged, traffic

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium: Final = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path: make chromium")
PATIENCE_MS: Final = 60_000
"""For whatever a browser has to do, on a machine that is busy."""
MINUTES: Final = 240
START_MS: Final = int(datetime(2025, 7, 12, 8, tzinfo=UTC).timestamp() * 1000)
END_MS: Final = START_MS + MINUTES * 60_000
NOW_MS: Final = END_MS + 20_000
"""Twenty seconds after the end of the last minute."""
HARMFUL_STATUS: Final = "<script>window.harmed=1</script>"
HARMFUL_SCOPE: Final = '<img src=x onerror="window.harmed=1">'
RIGHT_TO_LEFT: Final = "مرفوض"
FACES: Final = "😀" * 64
PLACES: Final = ("#/", "#/incidents", "#/scopes", "#/history", "#/health")


@cache
def story() -> Judged:
    """Denials rise twice in `all`: once for a while, and again from 11:36 to the end."""
    scopes: dict[str, list[Trouble]] = {
        "all": [Trouble(120, 20, *DENIALS), Trouble(216, 60, *DENIALS)],
        "shop-1": [],
        HARMFUL_SCOPE: [Trouble(216, 60, *DENIALS)],
    }
    more = {HARMFUL_STATUS: 1.0, RIGHT_TO_LEFT: 1.0, FACES: 1.0}
    return judged(traffic(scopes, start_ms=START_MS, minutes=MINUTES, more=more))


class Seen:
    """A page and its errors; what the browser says of an answer that is an error or of none is none of the page's."""

    def __init__(self, page: Page) -> None:
        self.page, self.errors = page, []  # type: tuple[Page, list[str]]
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text and "net::ERR" not in message.text:
            self.errors.append(message.text)

"""A page on a phone, in a real Chromium that is spoken to over a pipe (the DevTools protocol)."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
WIDTH: Final = 390
HEIGHT: Final = 844
FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe")
FOUND: Final = """
(() => {
  const boxes = [...document.querySelectorAll('.scroll')].map(box => {
    box.scrollLeft = 1e6;
    const moved = box.scrollLeft;
    box.scrollLeft = 0;
    return {label: box.getAttribute('aria-label'), left: box.getBoundingClientRect().left,
            right: box.getBoundingClientRect().right, hidden: box.scrollWidth - box.clientWidth, moved};
  });
  const outside = [...document.body.querySelectorAll('*')].filter(one => !one.closest('.scroll, svg') &&
    one.getBoundingClientRect().right > innerWidth + 0.5).map(one => one.outerHTML.slice(0, 80));
  scrollTo(1e6, 0);
  return {across: scrollX, width: document.documentElement.scrollWidth, screen: innerWidth, boxes, outside};
})()
"""


class Phone:
    """One page at a time, 390 by 844 points."""

    def __init__(self, orders: int, answers: int) -> None:
        self._orders, self._answers = orders, answers
        self._number = 0
        self._rest = b""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=2, mobile=True)

    def open(self, page: Path) -> dict[str, Any]:
        """What is found on the page once it is there: how far it goes across, and each box that scrolls."""
        self._ask("Page.enable")
        self._ask("Page.navigate", url=page.as_uri())
        while self._message().get("method") != "Page.loadEventFired":
            pass
        found: dict[str, Any] = self.evaluate(FOUND)
        return found

    def evaluate(self, expression: str) -> Any:
        """What this JavaScript comes to on the page that is open."""
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        order: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if getattr(self, "_session", None):
            order["sessionId"] = self._session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        while (answer := self._message()).get("id") != self._number:
            pass
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._answers, 1 << 16)
            assert more, "Chromium has gone"
            self._rest += more
        one, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        return message


@contextmanager
def phone(folder: Path) -> Iterator[Phone]:
    """A phone for the length of the block; `folder` is where Chromium keeps its things."""
    assert CHROMIUM is not None
    # It reads orders from descriptor 3 and writes answers to 4.
    command = ["sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null', CHROMIUM, *FLAGS]
    with subprocess.Popen(
        [*command, f"--user-data-dir={folder}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Phone(process.stdin.fileno(), process.stdout.fileno())
        finally:
            process.terminate()
            process.wait(120)

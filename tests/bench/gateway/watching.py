"""What fifty people cost who have the page open, and how soon the first view of it is there."""

import asyncio
import gzip
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from playwright.sync_api import sync_playwright

from tests.bench.gateway.cost import cost_of
from tests.bench.gateway.figures import Figure
from tests.bench.gateway.filling import SCOPES, SERIES, MinutesTopic
from tests.bench.gateway.posting import UNLIMITED
from tests.bench.gateway.starting import asked, is_whole
from tests.floodmark.gateway.page.story_kit import CHROMIUM
from tests.floodmark.gateway.process import started
from tests.pipeline.installation import Installation
from tests.waiting import until

VIEWERS: Final = 50
MINUTE_S: Final = 5.0
"""A minute of all series comes so often: twelve times as often as it does."""
HEALTH_S: Final = 20.0
"""As the page asks."""
VIEWS: Final = 5
ARRIVED_S: Final = 60.0


@dataclass
class Viewer:
    """Asks as the page does; see floodmark/gateway/page/js/model.js.

    Args:
        url: Of the gateway.
        scope: What is looked at.
    """

    url: str
    scope: str
    events: int = 0

    async def watch(self, opened: asyncio.Queue[float]) -> None:
        """Take the snapshot, then the stream; until it is cancelled."""
        began = time.perf_counter()
        snapshot = await self._get(f"/v1/series?scope={self.scope}&window=1440")
        await self._get("/v1/incidents?state=open&limit=500")
        opened.put_nowait(time.perf_counter() - began)
        position = quote(json.loads(gzip.decompress(snapshot))["position"])
        query = f"kinds=minute&kinds=incident&minutes_of={self.scope}&after={position}"
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stream(f"/v1/stream?{query}"))
            tasks.create_task(self._health())

    async def _health(self) -> None:
        while True:
            await self._get("/v1/health")
            await asyncio.sleep(HEALTH_S)

    async def _stream(self, path: str) -> None:
        reader, writer = await self._ask(path)
        try:
            while line := await reader.readline():
                self.events += line.startswith(b"event: minute")
        finally:
            writer.close()

    async def _get(self, path: str) -> bytes:
        reader, writer = await self._ask(path, b"Connection: close\r\n")
        try:
            answer = await reader.read()
        finally:
            writer.close()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        return answer.partition(b"\r\n\r\n")[2]

    async def _ask(self, path: str, more: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        at = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        head = f"GET {path} HTTP/1.1\r\nHost: {at.netloc}\r\nAccept-Encoding: gzip\r\n".encode()
        writer.write(head + more + b"\r\n")
        return reader, writer


def measure(made: Installation, folder: Path, seconds: float, last: int, views: int = VIEWS) -> list[Figure]:
    """Watch for so long; `last` is the newest minute on the topic. The first view is opened so many times."""
    gateway = started(folder, made.address, made.prefix, 0, **UNLIMITED).ready()
    try:
        until(lambda: is_whole(gateway), "the gateway answers", 60.0)
        figures = asyncio.run(_watched(made, gateway.url, gateway.child.pid, seconds, last))
        return [*figures, *_first_views(gateway.url, views)]
    finally:
        gateway.stop()


async def _watched(made: Installation, url: str, pid: int, seconds: float, last: int) -> list[Figure]:
    opened: asyncio.Queue[float] = asyncio.Queue()
    viewers = [Viewer(url, f"shop-{number % SCOPES:03}") for number in range(VIEWERS)]
    tasks = [asyncio.create_task(viewer.watch(opened)) for viewer in viewers]
    slowest = max([await opened.get() for _ in viewers])
    with cost_of(pid) as cost:
        minutes = int(seconds / MINUTE_S)
        for number in range(minutes):
            due = time.perf_counter() + MINUTE_S
            at = last + 1 + number
            await asyncio.to_thread(MinutesTopic(made).write, at, at)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
    wanted = VIEWERS * minutes * (SERIES // SCOPES)
    with suppress(TimeoutError):
        async with asyncio.timeout(ARRIVED_S):
            while sum(viewer.events for viewer in viewers) < wanted:
                await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in done), done
    assert sum(viewer.events for viewer in viewers) == wanted, "each viewer has each minute once"
    return [
        Figure(
            f"{VIEWERS} viewers, a minute of {SERIES:,} series every {MINUTE_S:g} s: cores",
            cost.cpu_s / cost.seconds,
            ("<", 1.0),
        ),
        Figure("  memory, MB", cost.rss_mb, ("<", 1000.0)),
        Figure("  the slowest snapshot where all open it at once, s", slowest),
        Figure("  load of the machine", cost.load),
    ]


def _first_views(url: str, views: int) -> list[Figure]:
    """In a Chromium that has nothing of the page yet: the slowest of some."""
    if CHROMIUM is None or not views:
        return []
    seconds: list[float] = []
    sizes: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(views):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page, received = context.new_page(), list[float]()
            client = context.new_cdp_session(page)
            client.send("Network.enable")
            client.on("Network.loadingFinished", lambda event, all_=received: all_.append(event["encodedDataLength"]))
            began = time.perf_counter()
            page.goto(f"{url}/")
            page.locator(".heat .cell").first.wait_for()
            seconds.append(time.perf_counter() - began)
            sizes.append(sum(received))
            context.close()
        browser.close()
    load = asked(url, "/v1/stats")
    assert load["series"] >= SERIES
    return [
        Figure("first view of a day of 10 series, in Chromium, s", max(seconds), ("<", 1.5)),
        Figure("  fastest of them, s", min(seconds)),
        Figure("  transferred, kB", max(sizes) / 1e3, ("<", 500.0)),
    ]

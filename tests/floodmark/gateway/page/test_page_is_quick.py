"""What a day of ten series costs a browser: bytes at the first view, and its main thread's time for each redraw."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.floodmark.gateway.page.serving_kit import Gateway, gateway
from tests.floodmark.gateway.page.story_kit import needs_chromium
from tests.floodmark.gateway.page.traffic_kit import DENIALS, Trouble, judged, traffic

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
DAY = 1440
START_MS = int(datetime(2025, 7, 12, tzinfo=UTC).timestamp() * 1000)
REDRAWS = 20
REDRAW = """async (times) => {
  const { model } = await import("/js/model.js");
  for (let i = 0; i < times; i += 1) {
    model.dispatchEvent(new Event("minutes"));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
}"""


@pytest.fixture(scope="module")
def day() -> Iterator[Gateway]:
    told = judged(traffic({"all": [Trouble(1400, 40, *DENIALS)]}, start_ms=START_MS, minutes=DAY))
    with gateway(told, START_MS + DAY * 60_000 + 10_000) as found:
        yield found


def task_seconds(client: CDPSession) -> float:
    metrics: Any = client.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def test_the_first_view_of_a_day_is_below_500_kb_and_a_redraw_below_100_ms(page: Page, day: Gateway) -> None:
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    received: list[float] = []
    client.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(day.url)
    expect(page.locator("article.incident.largest")).to_be_visible()
    expect(page.locator(".heat .cell").first).to_be_visible()
    assert len(received) > 20
    assert sum(received) < 500_000
    page.get_by_role("button", name="24 h").click()
    assert page.evaluate("import('/js/model.js').then(({ model }) => model.table.series.size)") >= 10
    # Of the thread and not of the clock: other processes do not count.
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = task_seconds(client)
    page.evaluate(REDRAW, REDRAWS)
    assert (task_seconds(client) - before) / REDRAWS < 0.1

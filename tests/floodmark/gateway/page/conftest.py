"""A browser, a story that the project's judge has told, and a gateway that serves it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.floodmark.gateway.page.serving_kit import Gateway, gateway
from tests.floodmark.gateway.page.story_kit import CHROMIUM, NOW_MS, PATIENCE_MS, Seen, story
from tests.floodmark.gateway.page.traffic_kit import Judged

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file: while Playwright lives, its thread runs an event loop, and no other test could run its own."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    found.set_default_timeout(PATIENCE_MS)
    yield found
    found.close()


@pytest.fixture
def seen(context: BrowserContext) -> Iterator[Seen]:
    """A page, and what went wrong on it: nothing may."""
    found = Seen(context.new_page())
    yield found
    assert found.errors == []


@pytest.fixture
def page(seen: Seen) -> Page:
    return seen.page


@pytest.fixture(scope="session")
def told() -> Judged:
    return story()


@pytest.fixture(scope="module")
def served(told: Judged) -> Iterator[Gateway]:
    """A gateway that this module's tests only look at."""
    with gateway(told, NOW_MS, is_still=True) as found:
        yield found

"""Keyboard alone, a phone, light and dark, and what axe finds."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.floodmark.gateway.page.serving_kit import Gateway
from tests.floodmark.gateway.page.story_kit import PLACES, needs_chromium
from tests.waiting import until

pytestmark = [pytest.mark.browser, needs_chromium]


def focused(page: Page) -> str:
    return str(
        page.evaluate("(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent)")
    )


def press_until(page: Page, wanted: str, key: str = "Tab", most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press(key)
        if wanted in focused(page):
            return
    raise AssertionError(f"{wanted} has not got the focus within {most} steps")


def test_everything_can_be_reached_and_done_by_keyboard(page: Page, served: Gateway) -> None:
    page.goto(f"{served.url}/#/incidents")
    expect(page.locator("article.incident.largest")).to_be_visible()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the numbers"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    press_until(page, "denied", most=1)
    expect(page.get_by_role("heading", name="Incidents", exact=True)).to_be_visible()
    page.goto(f"{served.url}/#/")
    press_until(page, "Acknowledge: denied")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    until(lambda: page.evaluate("document.activeElement.name") == "by", "the first field has the focus")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    until(lambda: focused(page) == "Acknowledge: denied", "the button has the focus again")
    press_until(page, "Transactions a minute, ")
    page.keyboard.press("End")
    expect(page.locator(".chart .read").first).to_contain_text("11:59 ")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".chart .read").first).to_contain_text("11:58 ")


@pytest.mark.slow
def test_the_focus_is_always_seen(page: Page, served: Gateway) -> None:
    page.goto(served.url)
    expect(page.locator("article.incident.largest")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


@pytest.mark.parametrize("width", [390, pytest.param(1024, marks=pytest.mark.slow)])
def test_nothing_goes_beyond_the_width_of_the_screen(browser: Browser, served: Gateway, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    for place in PLACES:
        page.goto(f"{served.url}/{place}")
        expect(page.locator("#trust .seen")).to_contain_text("Up to date")
        expect(page.locator(".loading")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == width, place
    page.goto(f"{served.url}/#/")
    page.locator("article.incident.largest h3 a").click()
    expect(page.locator("pre.sql")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_on_a_phone_no_number_is_cut_off_and_no_name_or_date_is_broken(browser: Browser, served: Gateway) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{served.url}/#/")
    expect(page.locator(".heat .cell").first).to_be_visible()
    cut = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent)"
    assert page.locator(".heat .cell").evaluate_all(cut) == []
    # The last hours are seen first, and beside them whose they are.
    assert page.locator(".heat").evaluate("heat => heat.parentElement.scrollLeft") > 0
    box, name = page.locator(".heat").locator("..").bounding_box(), page.locator(".heat .name").nth(1).bounding_box()
    assert box is not None
    assert name is not None
    assert name["x"] >= box["x"]
    lines = "all => all.filter(one => one.getClientRects().length !== 1).map(one => one.textContent)"
    page.goto(f"{served.url}/#/incidents")
    expect(page.locator("td.when").first).to_be_visible()
    assert page.locator("td.when span").evaluate_all(lines) == []
    page.goto(f"{served.url}/#/health")
    expect(page.locator("td.whole").first).to_be_visible()
    assert page.locator("td.whole bdi").evaluate_all(lines) == []
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, served: Gateway, colours: Any) -> None:
    context = browser.new_context(color_scheme=colours, bypass_csp=True)
    page = context.new_page()
    found = []
    page.goto(served.url)
    incident = page.locator("article.incident.largest h3 a").get_attribute("href")
    for place in (*PLACES, incident):
        page.goto(f"{served.url}/{place}")
        expect(page.locator("#trust .seen")).to_contain_text("Up to date")
        expect(page.locator(".loading")).to_have_count(0)
        results = Axe().run(page).response["violations"]
        found += [
            (place, each["id"], [node["html"][:160] for node in each["nodes"][:3]])
            for each in results
            if each["impact"] in ("serious", "critical")
        ]
    context.close()
    assert found == []


@pytest.mark.slow
def test_the_colours_that_somebody_chose_are_kept(page: Page, served: Gateway) -> None:
    page.goto(served.url)
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.get_by_label("Colours").select_option("dark")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(color_scheme="dark")
    page.get_by_label("Colours").select_option("system")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

"""What a person sees on the pages, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.floodmark.gateway.page.serving_kit import Gateway
from tests.floodmark.gateway.page.story_kit import (
    FACES,
    HARMFUL_SCOPE,
    HARMFUL_STATUS,
    PLACES,
    RIGHT_TO_LEFT,
    needs_chromium,
)
from tests.floodmark.gateway.topic_kit import receipt

pytestmark = [pytest.mark.browser, needs_chromium]


def test_the_overview_says_what_is_wrong_since_when_how_bad_why_what_it_costs_and_what_to_do(
    page: Page, served: Gateway
) -> None:
    page.goto(served.url)
    first = page.locator("article.incident.largest")
    expect(first).to_contain_text("denied")
    expect(first).to_contain_text("critical")
    expect(first).to_contain_text(re.compile(r"since 11:3\d UTC · \d+ minutes"))
    expect(first).to_contain_text(re.compile(r"Count a minute\d+ instead of ~\d+"))
    expect(first).to_contain_text(re.compile(r"Driven byCode 51 explains \d+ %"))
    expect(first).to_contain_text(re.compile(r"Cost so far[\d,]+ transactions"))
    expect(first).to_contain_text("What to do: ")
    for name in ("Acknowledge", "Comment", "Feedback", "Resolve"):
        expect(first.get_by_role("button", name=name)).to_be_visible()


@pytest.mark.slow
def test_the_latest_minute_is_shown_against_what_is_expected(page: Page, served: Gateway) -> None:
    page.goto(served.url)
    row = page.get_by_role("row").filter(has_text="denied").filter(has_text="critical")
    expect(row.first).to_contain_text(re.compile(r"denied\d+[\d.]+ %[\d.]+ – [\d.]+.*critical"))
    figure = page.locator(".figure").filter(has_text="Share of denied")
    expect(figure).to_contain_text("▲ above")
    expect(page.locator(".figure").filter(has_text="Approval rate")).to_contain_text("▼ below")
    expect(page.locator("#trust")).to_contain_text("Up to date: the last judged minute is 11:59–12:00 UTC")


@pytest.mark.slow
def test_charts_have_names_with_their_numbers_for_those_who_do_not_see_them(page: Page, served: Gateway) -> None:
    page.goto(served.url)
    chart = page.get_by_role(
        "img", name=re.compile("^Transactions a minute, 2025-07-12 06:00 to 2025-07-12 11:59 UTC: last")
    )
    expect(chart).to_have_attribute("aria-label", re.compile(r"expected \d+ to \d+; highest \d+ at \d\d:\d\d"))


def test_names_that_others_wrote_are_text_wherever_they_stand(page: Page, served: Gateway) -> None:
    page.goto(served.url)
    for name in (HARMFUL_STATUS, RIGHT_TO_LEFT, FACES):
        expect(page.locator("td bdi", has_text=name).first).to_be_visible()
    for place in PLACES:
        page.goto(f"{served.url}/{place}")
        expect(page.locator("#trust")).to_contain_text("Up to date")
    page.goto(f"{served.url}/#/scopes")
    expect(page.locator(".multiple bdi", has_text=HARMFUL_SCOPE)).to_be_visible()
    page.locator(".multiple", has_text=HARMFUL_SCOPE).click()
    expect(page.locator(".tools .scope select")).to_have_value(HARMFUL_SCOPE)
    assert page.evaluate("window.harmed") is None
    assert page.locator("main img, main script").count() == 0


@pytest.mark.slow
def test_an_incident_has_its_chart_its_story_its_proof_and_its_like(page: Page, served: Gateway) -> None:
    incidents = [each.id for each in served.parts.view.incidents.before(None)]
    served.parts.view.receipts.take(receipt(*incidents, team=HARMFUL_SCOPE, detail="202"))
    page.goto(served.url)
    page.locator("article.incident.largest h3 a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("denied")
    expect(page.get_by_role("region", name="Who was told")).to_contain_text(HARMFUL_SCOPE)
    expect(page.get_by_role("region", name="Who was told")).to_contain_text("taken 202")
    expect(page.get_by_role("img", name=re.compile("^Count, "))).to_be_visible()
    expect(page.locator(".line-of-time li").first).to_contain_text("firing")
    expect(page.locator(".facts", has_text="Proof")).to_contain_text("floodmark verify ")
    expect(page.locator("pre.sql")).to_contain_text("WHERE scope = ")
    expect(page.get_by_role("heading", name="Similar incidents")).to_be_visible()


@pytest.mark.slow
def test_scopes_are_found_by_name_and_those_in_trouble_come_first(page: Page, served: Gateway) -> None:
    page.goto(f"{served.url}/#/scopes")
    expect(page.locator(".multiple")).to_have_count(3)
    expect(page.locator(".multiple").last).to_contain_text("shop-1")
    page.get_by_label("Search").fill("SHOP")
    expect(page.locator(".multiple")).to_have_count(1)
    page.locator(".multiple").click()
    expect(page.locator("#main")).to_contain_text("Transactions a minute")
    expect(page.locator(".tools .scope select")).to_have_value("shop-1")


@pytest.mark.slow
def test_any_minute_that_is_stored_can_be_looked_at(page: Page, served: Gateway) -> None:
    page.goto(f"{served.url}/#/history")
    page.get_by_label("Minute (UTC)").fill("2025-07-12T10:05")
    expect(page.locator("#main")).to_contain_text("the minute from 2025-07-12 10:05 UTC")
    expect(page.get_by_role("row").filter(has_text="denied")).to_contain_text(re.compile("critical|warning"))
    page.get_by_role("button", name="−1 hour").click()
    expect(page.locator("#main")).to_contain_text("the minute from 2025-07-12 09:05 UTC")
    page.get_by_label("Minute (UTC)").fill("2024-01-01T00:00")
    expect(page.locator("#main")).to_contain_text("Nothing is stored of 2024-01-01 00:00 UTC")


@pytest.mark.slow
def test_an_incident_that_is_not_there_is_told_with_the_gateways_words(page: Page, served: Gateway) -> None:
    page.goto(f"{served.url}/#/incidents/nobody")
    expect(page.get_by_role("alert")).to_contain_text("No incident of this id is known")


@pytest.mark.slow
def test_times_are_shown_in_the_viewers_zone_with_its_name(browser: Browser, served: Gateway) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(served.url)
    expect(page.locator("#trust")).to_contain_text("12:00 UTC")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    expect(page.locator("#trust")).to_contain_text("21:00 Asia/Tokyo")
    page.reload()
    expect(page.locator("#trust")).to_contain_text("21:00 Asia/Tokyo")
    context.close()

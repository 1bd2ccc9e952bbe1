"""What the page does while things happen: minutes come, the gateway goes and comes back, many tabs look."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from schemas.alert import Alert
from tests.floodmark.gateway.page.serving_kit import Gateway, gateway
from tests.floodmark.gateway.page.story_kit import END_MS, NOW_MS, PATIENCE_MS, needs_chromium
from tests.floodmark.gateway.page.traffic_kit import Judged
from tests.floodmark.gateway.topic_kit import receipt

pytestmark = [pytest.mark.browser, needs_chromium]
HELD_BACK = 3
"""Minutes that are told while somebody looks."""
THERE_MS = END_MS - HELD_BACK * 60_000


@pytest.fixture
def to_come(told: Judged) -> Judged:
    return told.split(THERE_MS)[1]


@pytest.fixture
def live(told: Judged) -> Iterator[Gateway]:
    """A gateway that has not been told of the last minutes yet."""
    with gateway(told.split(THERE_MS)[0], NOW_MS - HELD_BACK * 60_000) as found:
        yield found


def says(page: Page, words: str | re.Pattern[str], within_ms: int = PATIENCE_MS) -> None:
    expect(page.locator("#trust .seen")).to_contain_text(words, timeout=within_ms)


@pytest.mark.slow
def test_a_minute_is_shown_within_a_second_of_being_told(page: Page, live: Gateway, to_come: Judged) -> None:
    page.goto(live.url)
    says(page, "11:56–11:57 UTC")
    live.tell(to_come.minutes, to_come.alerts)
    says(page, "11:59–12:00 UTC", 1_000)


def test_after_a_restart_the_page_has_what_it_missed_without_being_loaded_anew(
    page: Page, live: Gateway, to_come: Judged
) -> None:
    page.goto(live.url)
    says(page, "11:56–11:57 UTC")
    page.evaluate("window.mark = 1")
    live.stop()
    says(page, re.compile(r"Not connected to the gateway for \d+ s\. The numbers below are from 11:57 UTC"))
    live.start()
    live.tell(to_come.minutes, to_come.alerts)
    says(page, "11:59–12:00 UTC")
    assert page.evaluate("window.mark") == 1


@pytest.mark.slow
def test_while_the_gateway_reads_the_page_says_so_and_then_shows_what_there_is(told: Judged, page: Page) -> None:
    with gateway(told, NOW_MS, ready=False) as starting:
        page.goto(starting.url)
        says(page, "The gateway is reading what it needs to know")
        starting.become_ready()
        says(page, "11:59–12:00 UTC")
        expect(page.locator("article.incident.largest")).to_be_visible()


def test_who_was_told_is_shown_on_the_open_page_of_an_incident_when_it_comes(page: Page, live: Gateway) -> None:
    incident = next(iter(live.parts.view.incidents.before(None))).id
    page.goto(f"{live.url}/#/incidents/{incident}")
    expect(page.get_by_text("Nobody was told, or no notifier runs.")).to_be_visible()
    page.evaluate("document.querySelector('main h1').dataset.mark = 'same'")
    live.tell_of(receipt(incident, "another", detail="202", what="unreached"))
    expect(page.get_by_role("region", name="Who was told")).to_contain_text("reached nobody 202")
    for number in range(2, 6):
        live.tell_of(receipt(incident, number=number, channel=f"sms {number}"))
    expect(page.get_by_role("region", name="Who was told")).to_contain_text("sms 5")
    expect(page.locator("main h1[data-mark='same']")).to_be_visible()


@pytest.mark.slow
def test_before_the_first_minute_the_page_says_what_it_waits_for(page: Page) -> None:
    with gateway(Judged([], []), NOW_MS) as fresh:
        page.goto(fresh.url)
        says(page, "No minute has been judged yet")
        expect(page.get_by_text("No open incident.")).to_be_visible()


@pytest.mark.slow
def test_old_numbers_are_called_old_at_the_top_of_every_page(told: Judged, page: Page) -> None:
    with gateway(told, NOW_MS + 4 * 60_000) as behind:
        for place in ("#/", "#/health"):
            page.goto(f"{behind.url}/{place}")
            says(page, "Nothing has been received for 4 minutes: these numbers are old.")


@pytest.mark.slow
def test_more_tabs_than_a_browser_has_connections_are_all_alive(
    context: BrowserContext, live: Gateway, to_come: Judged
) -> None:
    tabs = [context.new_page() for _ in range(8)]
    for tab in tabs:
        tab.goto(live.url)
        says(tab, "11:56–11:57 UTC")
    live.tell(to_come.minutes, to_come.alerts)
    for tab in tabs:
        says(tab, "11:59–12:00 UTC")
    assert len(live.parts.streams) <= 2


def test_what_people_do_is_shown_in_every_tab_and_kept(context: BrowserContext, live: Gateway) -> None:
    page, other = context.new_page(), context.new_page()
    for tab in (page, other):
        tab.goto(live.url)
        says(tab, "11:56–11:57 UTC")
    # A tab behind another one draws once a second, and Playwright waits for what it draws.
    page.bring_to_front()
    first = page.locator("article.incident.largest")
    incident = first.get_attribute("data-incident")
    first.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("What others should know").fill("<b>issuer</b> 51 is called")
    page.get_by_label("For how long").select_option("4 hours")
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    for tab in (page, other):
        card = tab.locator(f"[data-incident='{incident}']")
        expect(card).to_contain_text(re.compile("Ana is on it since .* UTC, until .* UTC: "))
        expect(card).to_contain_text("<b>issuer</b> 51 is called")
    card = page.locator(f"[data-incident='{incident}']")
    card.get_by_role("button", name="Comment").click()
    page.get_by_label("Comment", exact=True).fill("it is the issuer")
    page.get_by_role("dialog").get_by_role("button", name="Comment").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    card.get_by_role("button", name="Take over").click()
    page.get_by_label("Who is on it from now on").fill("Bea")
    page.get_by_role("dialog").get_by_role("button", name="Take over").click()
    expect(card).to_contain_text("Bea is on it since")
    card.get_by_role("button", name="Feedback").click()
    page.get_by_role("dialog").get_by_role("button", name="Feedback").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    card.get_by_role("link").first.click()
    story = page.locator(".line-of-time")
    expect(story).to_contain_text("Ana acknowledged it")
    expect(story).to_contain_text("Ana assigned it to Bea")
    expect(story).to_contain_text("Ana commentedit is the issuer")
    expect(story).to_contain_text("Ana gave feedback (false positive)")
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.locator(".badge.over").first).to_contain_text("resolved")
    expect(other.locator(f"[data-incident='{incident}']")).to_have_count(0)


def test_the_focus_stays_on_what_is_drawn_anew_also_behind_a_dialog(page: Page, live: Gateway, to_come: Judged) -> None:
    news = to_come.alerts[0]
    page.goto(live.url)
    says(page, "11:56–11:57 UTC")
    button = page.locator(f"article[data-incident='{news.incident_id}']").get_by_role("button", name="Acknowledge")
    button.focus()
    draw_anew(page, live, news)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    draw_anew(page, live, news.model_copy(update={"revision": news.revision + 1, "version": news.version + 1}))
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def draw_anew(page: Page, live: Gateway, news: Alert) -> None:
    """Tell it, and wait until its card is another element than before."""
    card = f"article[data-incident='{news.incident_id}']"
    page.locator(card).evaluate("node => node.classList.add('before')")
    live.tell(alerts=[news])
    expect(page.locator(f"{card}:not(.before)")).to_be_visible()


@pytest.mark.slow
def test_an_action_that_is_refused_is_told_in_the_dialog(context: BrowserContext, live: Gateway) -> None:
    page = context.new_page()
    page.goto(live.url)
    live.parts.action_sender = None
    page.locator("article.incident.largest").get_by_role("button", name="Resolve").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("This gateway has no broker to take it.")
    expect(page.get_by_role("dialog").get_by_role("button", name="Resolve")).to_be_enabled()


@pytest.mark.slow
def test_the_key_is_sent_in_a_header_and_kept_in_the_tab_alone(page: Page, live: Gateway) -> None:
    page.goto(live.url)
    says(page, "11:56–11:57 UTC")
    page.get_by_role("button", name="Key").click()
    page.get_by_label("Key", exact=True).fill("fmk_secret")
    with page.expect_request("**/v1/series*") as asked:
        page.get_by_role("button", name="Use this key").click()
    assert asked.value.headers["authorization"] == "Bearer fmk_secret"
    assert "fmk_secret" not in asked.value.url
    assert page.evaluate("JSON.stringify(localStorage) + document.cookie + location.href").count("fmk_secret") == 0
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.slow
def test_a_tab_with_another_key_neither_sees_nor_ends_the_stream_of_others(
    context: BrowserContext, live: Gateway, to_come: Judged
) -> None:
    page, other = context.new_page(), context.new_page()
    for tab in (page, other):
        tab.goto(live.url)
        says(tab, "11:56–11:57 UTC")
    other.get_by_role("button", name="Key").click()
    other.get_by_label("Key", exact=True).fill("fmk_nobody")
    other.get_by_role("button", name="Use this key").click()
    says(other, "the key or token is not accepted")
    expect(other.locator("#main")).to_have_text("There is nothing to show before the gateway answers.")
    live.tell(to_come.minutes, to_come.alerts)
    page.bring_to_front()
    says(page, "11:59–12:00 UTC")
    says(other, "the key or token is not accepted")


@pytest.mark.slow
def test_where_no_worker_can_be_had_a_tab_has_a_stream_of_its_own(
    context: BrowserContext, live: Gateway, to_come: Judged
) -> None:
    context.route("**/js/stream/worker.js", lambda route: route.abort())
    page = context.new_page()
    page.goto(live.url)
    says(page, "11:56–11:57 UTC")
    live.tell(to_come.minutes, to_come.alerts)
    says(page, "11:59–12:00 UTC")

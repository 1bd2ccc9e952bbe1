"""What people do not want to be told of: made from an incident, shown with what it hid, and ended."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from sinks.notify.silences import Hidden
from tests.floodmark.gateway.page.serving_kit import Gateway, gateway
from tests.floodmark.gateway.page.story_kit import NOW_MS, needs_chromium
from tests.floodmark.gateway.page.traffic_kit import Judged

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def live(told: Judged) -> Iterator[Gateway]:
    with gateway(told, NOW_MS) as found:
        yield found


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def test_a_silence_is_tried_made_shown_and_ended_with_the_keyboard_alone(page: Page, live: Gateway) -> None:
    page.goto(f"{live.url}/#/incidents")
    panel = page.get_by_role("region", name="Silences")
    expect(panel).to_contain_text("No silence is on: people are told of everything.")
    button = page.locator("article.incident.largest").get_by_role("button", name="Silence")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Silence")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.get_by_role("status")).to_contain_text(
        re.compile(r"It would have hidden [1-9]\d* of \d+ incidents?:")
    )
    assert serious(page) == []
    dialog.get_by_label("Status or code").fill("nothing like it")
    expect(dialog.get_by_role("status")).to_contain_text("It would have hidden nothing of")
    for label in ("Scope", "Status or code", "Dimension"):
        dialog.get_by_label(label, exact=True).fill("")
    expect(dialog.get_by_role("status")).to_contain_text("A silence has to say what it hides")
    expect(dialog.get_by_role("button", name="Silence")).to_be_disabled()
    dialog.get_by_label("Dimension").fill("*")
    dialog.get_by_label("Reason").fill("<b>release</b> 7")
    dialog.get_by_label("Your name").fill("Ana")
    expect(dialog.get_by_role("button", name="Silence")).to_be_enabled()
    dialog.get_by_label("Your name").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    expect(panel).to_contain_text("dimension *")
    expect(panel).to_contain_text("Ana: <b>release</b> 7")
    expect(panel).to_contain_text("No notifier has taken it up yet")

    (made,) = live.parts.silenced.all
    hidden = {"i1": Hidden("shop", "denied", "critical", 1_234.0, is_over=False, dimension="status")}
    live.hide(replace(made, hidden=hidden))
    page.reload()
    panel.get_by_text("It has hidden 1 incident, 1 still open, 1,234 transactions lost").click()
    expect(panel.get_by_role("link", name="denied in shop")).to_be_visible()
    assert serious(page) == []

    panel.get_by_role("button", name="End the silence of dimension *").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("1 incident that it hides is told at once.")
    page.get_by_role("dialog").get_by_role("button", name="End it").press("Enter")
    expect(panel).to_contain_text("No silence is on")
    panel.get_by_role("button", name="Ended").click()
    expect(panel).to_contain_text("ended by Ana")

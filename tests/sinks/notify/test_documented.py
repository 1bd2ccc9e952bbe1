"""What docs/notifications.md says in numbers and lists is what the code does."""

import re
from datetime import timedelta
from typing import Final, get_args

import pytest

from sinks.notify.channels.alertmanager.settings import AlertmanagerSettings
from sinks.notify.content import MAX_LISTED
from sinks.notify.dispatcher import DEADLINE_S
from sinks.notify.joining import MAX_MEMBERS
from sinks.notify.notification import Kind
from sinks.notify.routing.model import Flapping, Route
from sinks.notify.routing.spans import in_words
from tests.paths import ROOT

TEXT: Final = " ".join((ROOT / "docs/notifications.md").read_text("utf-8").split())


@pytest.mark.parametrize("name", ["wait", "join", "repeat"])
def test_a_route_has_the_defaults_that_the_table_gives(name: str) -> None:
    (row,) = re.findall(rf"\| `{name}` \| ([^|]*) \|", TEXT)
    assert f"({in_words(Route.model_fields[name].default)}" in row


def test_flapping_has_the_default_that_the_table_gives() -> None:
    rule = Flapping()
    within, quiet = in_words(rule.within), in_words(rule.quiet)
    assert f'`{{ after = {rule.after}, within = "{within}", quiet = "{quiet}" }}`' in TEXT


def test_a_webhook_gets_an_event_of_each_kind() -> None:
    listed = TEXT.partition("of the types `floodmark.notification.")[2].partition("signed as")[0]
    assert set(re.findall(r"(\w+)`(?:[,( ]|$)", listed)) - {"words"} == set(get_args(Kind))


def test_a_message_names_and_holds_as_many_incidents_as_it_says() -> None:
    assert "is one message, up to 1 200 incidents: ten are named" in TEXT
    assert (MAX_MEMBERS, MAX_LISTED) == (1_200, 10)


def test_a_page_has_the_time_that_it_says() -> None:
    assert "does not take within five minutes" in TEXT
    assert DEADLINE_S == 5 * 60


def test_an_alert_in_alertmanager_ends_when_it_says() -> None:
    assert "after `expires_after` (24h)" in TEXT
    assert AlertmanagerSettings.model_fields["expires_after"].default == timedelta(hours=24)

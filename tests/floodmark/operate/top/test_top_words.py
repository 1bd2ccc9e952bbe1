from datetime import timedelta

from floodmark.operate.top.run import doing, of_scope
from sinks.live.feed import Picture
from tests.floodmark.local.up.alert_kit import NOON, NOON_MS, alert, seen


def test_it_watches_while_minutes_come() -> None:
    assert doing(Picture(NOON_MS), NOON + timedelta(minutes=3)) == "watching"


def test_that_no_minute_came_for_some_time_is_told_as_blindness() -> None:
    assert doing(Picture(NOON_MS), NOON + timedelta(minutes=6)) == (
        "BLIND: nothing received for 5 minutes; these numbers are old"
    )


def test_what_the_judge_says_of_the_stream_goes_first() -> None:
    picture = Picture(NOON_MS, (), (alert(dimension="stream", key="silent"),))
    assert doing(picture, NOON + timedelta(hours=1)) == "BLIND: stream silent"


def test_of_one_scope_its_own_minutes_and_incidents_are_shown_and_those_of_the_stream() -> None:
    picture = Picture(
        NOON_MS,
        (seen("denied", scope="a"), seen("denied", scope="b")),
        (alert("1", scope="a"), alert("2", scope="b"), alert("3", scope="all", dimension="stream", key="silent")),
    )
    of_a = of_scope(picture, "a")
    assert [each.scope for each in of_a.statuses] == ["a"]
    assert [each.incident_id for each in of_a.incidents] == ["1", "3"]
    assert of_scope(picture, None) is picture

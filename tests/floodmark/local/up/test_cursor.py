"""Keys choose among the open incidents."""

import pytest

from floodmark.local.up.cursor import Cursor
from tests.floodmark.local.up.alert_kit import alert

THREE = [alert("a"), alert("b"), alert("c")]


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        (b"j", "b"),
        (b"\x1b[B\x1b[B", "c"),
        (b"\x1bOB", "b"),
        (b"jjjjj", "c"),
        (b"jjk", "b"),
        (b"k", "a"),
        (b"\x1b[6~", "c"),
        (b"\x1b[6~\x1b[A", "b"),
        (b"xyz\x1b[C", ""),
    ],
)
def test_keys_go_up_and_down_and_not_beyond_the_ends(typed: bytes, chosen: str) -> None:
    assert Cursor().after(typed, THREE) == Cursor(chosen)


def test_an_incident_is_opened_and_closed() -> None:
    opened = Cursor("b").after(b"\r", THREE)
    assert opened == Cursor("b", opened=True)
    assert opened.after(b"\n", THREE) == opened.after(b"\x1b", THREE) == opened.after(b"q", THREE) == Cursor("b")


def test_the_choice_stays_with_its_incident_and_goes_to_the_first_when_that_is_over() -> None:
    cursor = Cursor("b")
    assert cursor.place([alert("new"), *THREE]) == 2
    assert cursor.place([alert("a"), alert("c")]) == 0


def test_without_incidents_keys_do_nothing() -> None:
    assert Cursor().after(b"j\r", []) == Cursor()

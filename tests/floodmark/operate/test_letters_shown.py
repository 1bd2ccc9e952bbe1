"""What `floodmark dlq list` says of a letter."""

import pytest

from floodmark.operate.dead_letters import WHY, why
from producers.resend.letter_topic import Letter
from schemas.dead_letter import DeadLetter


def letter(detail: str) -> Letter:
    about = DeadLetter(topic="alerts", partition=0, offset=7, reason="rejected", detail=detail)
    return Letter(0, 1, 0, b"{}", about, resent=False, copy=False)


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("sink notify: chat refused to tell t (budget): Chat answered 400",) * 2,
        ("sink notify: \x1b[31mred\n", r"sink notify: \x1b[31mred\n"),
    ],
)
def test_who_put_it_aside_and_why_is_said_in_one_line(detail: str, said: str) -> None:
    assert why(letter(detail)) == [said]


def test_a_long_reason_is_cut() -> None:
    (said,) = why(letter("sink notify: " + "x" * 900))
    assert len(said) == WHY
    assert said.endswith("…")


def test_of_a_worker_the_reason_and_the_field_say_it_all() -> None:
    assert why(letter("count must not be negative")) == []

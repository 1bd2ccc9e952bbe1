"""When a stored value and a recomputed one are the same."""

import pytest

from floodmark.analysis.verify.equal import is_same


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("1600 of 160 transactions", "1,600 of 160 transactions", True),
        ("1234567 in one minute", "1,234,567 in one minute", True),
        ("1600 of 160", "1,601 of 160", False),
        ("3, 600 of 7", "3600 of 7", False),
        ("12,34", "1234", False),
        ("812 transactions in 1438 minutes", "812 transactions in 23 h 58 min", True),
        ("nothing for 5 hours, where 21", "nothing for 5 h, where 21", True),
        ("over after 72 h 05 min", "over after 3 d", True),
        ("over after 2 h 05 min", "over after 2 h 06 min", False),
        ("over after 90 minutes", "over after 91 minutes", False),
        ({"transactions": 0.1 + 0.2}, {"transactions": 0.3}, True),
        ([1, 2], [1, 3], False),
        (1, "1", False),
    ],
)
def test_of_words_the_marks_between_thousands_are_nothing_and_how_lengths_of_time_are_put(
    one: object, two: object, same: bool
) -> None:
    assert is_same(one, two) is same

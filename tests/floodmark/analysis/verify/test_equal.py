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
        ({"transactions": 0.1 + 0.2}, {"transactions": 0.3}, True),
        ([1, 2], [1, 3], False),
        (1, "1", False),
    ],
)
def test_of_words_the_marks_between_thousands_are_nothing(one: object, two: object, same: bool) -> None:
    assert is_same(one, two) is same

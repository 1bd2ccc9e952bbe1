"""What a judge says outdoes all that was said before, also by judges of whom only the rows of a store are left."""

import pytest

from processors.domain.versions import MARGIN_US, next_epoch, read_epoch, version_of
from processors.domain.watermark import SourceMark, Watermarks

NEW_YEAR_US = 1_767_225_600_000_000
"""2026-01-01T00:00Z."""


def test_a_judge_that_knows_nothing_outdoes_one_that_began_before_it_at_whatever_offset() -> None:
    assert version_of(NEW_YEAR_US + 60_000_000, 0) > version_of(NEW_YEAR_US, 50_000_000)


@pytest.mark.parametrize("epoch", [1, 2, 6])
def test_it_outdoes_what_was_said_when_epochs_were_counted(epoch: int) -> None:
    assert version_of(NEW_YEAR_US, 0) > (epoch << 48) | 10**12


def test_one_that_was_stored_when_epochs_were_counted_goes_on_from_where_it_was() -> None:
    assert version_of(read_epoch(3), 71) == (3 << 48) | 71
    assert read_epoch(read_epoch(3)) == read_epoch(3)
    assert read_epoch(NEW_YEAR_US) == NEW_YEAR_US
    assert read_epoch(0) == 0


def test_a_new_life_outdoes_the_one_before_by_the_clock_and_also_when_that_was_set_back() -> None:
    assert next_epoch(NEW_YEAR_US, 900, NEW_YEAR_US + 7_000_000) == NEW_YEAR_US + 7_000_000
    late = next_epoch(NEW_YEAR_US, 900, NEW_YEAR_US - 3_600_000_000)
    assert version_of(late, 0) == version_of(NEW_YEAR_US, 900) + 1 + MARGIN_US


def test_versions_are_exact_where_numbers_are_floats() -> None:
    century_us = 100 * 366 * 86_400_000_000
    assert version_of(NEW_YEAR_US + century_us, 10**12) < 1 << 53


def test_what_sources_say_on_a_topic_that_was_made_anew_is_news_and_the_watermark_stays() -> None:
    marks = Watermarks()
    marks.hear(0, 1, SourceMark(3, 5_000, 60_000, idle=False))
    marks.begin_anew()
    assert marks.reached_ms == 60_000
    marks.hear(0, 1, SourceMark(1, 2, 90_000, idle=False))
    assert (marks.reached_ms, marks.marks[0].epoch) == (90_000, 1)

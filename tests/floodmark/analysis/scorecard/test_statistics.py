"""The numbers of the card: known values, and the cases in which there is none."""

import pytest

from floodmark.analysis.scorecard.statistics import f1, mean_and_spread, part, ranks, spearman


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert ranks([30, 10, 20, 10]) == [4, 1.5, 3, 1.5]
    assert ranks([]) == []


def test_spearman_sees_the_order_only() -> None:
    assert spearman([1, 2, 3, 4], [10, 100, 1_000, 10_000]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)


def test_spearman_of_a_published_example() -> None:
    # IQ and hours of television a week, Wikipedia, "Spearman's rank correlation coefficient": -29/165.
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    assert spearman(iq, hours) == pytest.approx(-29 / 165)


def test_spearman_with_equal_values_is_pearson_of_the_shared_ranks() -> None:
    # Ranks 1, 2, 3, 4 and 1.5, 1.5, 3.5, 3.5: covariance 4, squares 5 and 4.
    assert spearman([1, 2, 3, 4], [0, 0, 1, 1]) == pytest.approx(4 / 20**0.5)


def test_there_is_no_correlation_of_too_few_or_of_what_does_not_vary() -> None:
    assert spearman([1, 2], [1, 2]) is None
    assert spearman([1, 2, 3], [5, 5, 5]) is None
    with pytest.raises(ValueError, match="shorter"):
        spearman([1, 2, 3], [1, 2])


def test_f1_weighs_what_was_missed_and_what_was_false_alike() -> None:
    # Precision 8/10, recall 8/12.
    assert f1(8, 4, 2) == pytest.approx(2 * (0.8 * 8 / 12) / (0.8 + 8 / 12))
    assert f1(0, 0, 0) is None
    assert f1(0, 3, 0) == 0


def test_a_part_of_nothing_is_none() -> None:
    assert part(0, 0) is None
    assert part(1, 4) == 0.25


def test_the_spread_is_that_of_a_sample() -> None:
    mean, spread = mean_and_spread([1, 3])
    assert mean == 2
    assert spread == pytest.approx(2**0.5)
    assert mean_and_spread([7]) == (7, None)

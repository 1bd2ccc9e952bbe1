"""The isolation forest as it is asked: scores, and how rare the training makes them."""

from copy import deepcopy
from math import inf, log10

import pytest

from processors.domain.model.forest import Forest, Trained, Tree, path_length
from tests.processors.domain.forests import ORDINARY, SAMPLES, STUMPS, forest, stump

ODD = (99.0, -0.3, 0.0, 99.0)


def tail(*points: tuple[float, float]) -> Forest:
    return Forest("v", ("failed",), STUMPS, SAMPLES, Trained(0.5, points))


def test_the_path_length_of_few_rows_is_exact_and_of_many_that_of_the_paper() -> None:
    assert [path_length(n) for n in (0, 1, 2)] == [0.0, 0.0, 1.0]
    assert path_length(256) == pytest.approx(10.2448, abs=1e-4)


def test_a_score_is_two_to_the_mean_depth_over_the_usual_one() -> None:
    one = forest(trees=[stump("rise", 1.5)])
    usual, beyond = one.scores([ORDINARY, ODD]).tolist()
    assert beyond == pytest.approx(2 ** -(1 / path_length(SAMPLES)))
    assert usual == pytest.approx(2 ** -((1 + path_length(SAMPLES - 1)) / path_length(SAMPLES)))


def test_a_row_on_the_border_goes_left() -> None:
    one = forest(trees=[stump("rise", 1.5)])
    at, above = one.scores([(1.5, 0, 0, 0), (1.5000002, 0, 0, 0)]).tolist()
    assert at < above


def test_trees_of_unlike_depth_are_asked_together() -> None:
    deep = Tree((0, -1, 1, -1, -1), (0.0, 0.0, 0.0, 0.0, 0.0), (1, -1, 3, -1, -1), (2, -1, 4, -1, -1), (4, 1, 3, 2, 1))
    both = Forest("v", ("failed",), (deep, stump("rise", 1.5)), 4, Trained(0.5, ((0.5, 0.5),)))
    (score,) = both.scores([(1.0, 1.0, 0.0, 0.0)]).tolist()
    assert score == pytest.approx(2 ** -((2 + 1 + path_length(SAMPLES - 1)) / (2 * path_length(4))))


def test_each_row_is_scored_for_itself() -> None:
    rows = [ORDINARY, ODD, (0.0, -99.0, 0.0, 99.0)]
    together = forest().scores(rows).tolist()
    assert together == [float(forest().scores([row])[0]) for row in rows]


def test_the_strength_of_a_score_is_how_few_training_minutes_have_it() -> None:
    asked = tail((0.4, 0.5), (0.6, 0.01))
    assert asked.strength(0.4) == pytest.approx(-log10(0.5))
    assert asked.strength(0.5) == pytest.approx((-log10(0.5) + 2) / 2)
    assert asked.strength(0.6) == pytest.approx(2)


def test_no_score_is_rarer_than_the_training_can_say_and_what_is_usual_says_nothing() -> None:
    asked = tail((0.4, 0.5), (0.6, 0.01))
    assert asked.strength(0.99) == asked.strength(inf) == pytest.approx(2)
    assert asked.strength(0.39) == 0.0


def test_forests_of_one_version_are_the_same_and_copies_are_shared() -> None:
    one, same, other = forest(), forest(), forest(version="other")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "0123456789ab"
    assert deepcopy(one) is one
    assert (str(one), repr(one)) == ("0123456789ab", "Forest(0123456789ab)")

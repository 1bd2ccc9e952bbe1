"""Small forests made by hand, so that the tests of the domain need no scikit-learn."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from processors.domain.model import ScopeModel
from processors.domain.model.features import FEATURES, columns, features
from processors.domain.model.forest import Forest, Trained, Tree
from tests.processors.domain.traffic import DAY, FIRST, HOUR, traffic

SAMPLES: Final = 256


def stump(feature: str, threshold: float, *, odd_above: bool = True) -> Tree:
    """A tree of one cut that sets a single training row apart from the others."""
    samples = (SAMPLES, SAMPLES - 1, 1) if odd_above else (SAMPLES, 1, SAMPLES - 1)
    return Tree((FEATURES.index(feature), -1, -1), (threshold, 0.0, 0.0), (1, -1, -1), (2, -1, -1), samples)


STUMPS: Final = (
    stump("rise", 1.5**3),
    stump("fall", -(1.5**3), odd_above=False),
    stump("volume", -(1.5**3), odd_above=False),
    stump("together", 2.0**3),
)
ORDINARY: Final = (0.3, -0.3, 0.0, 0.5)


def forest(keys: Sequence[str] = ("failed",), trees: Sequence[Tree] = STUMPS, version: str = "0123456789ab") -> Forest:
    """A forest to which a minute is the odder, the more of its trees set it apart; one of two is one in 100."""
    bare = Forest(version, keys, trees, SAMPLES, Trained(0.0, ((0.0, 1.0),)))
    ordinary = float(bare.scores([ORDINARY])[0])
    odd = float(bare.scores([(99.0, -0.3, 0.0, 99.0)])[0])
    return Forest(version, keys, trees, SAMPLES, Trained((ordinary + odd) / 2, ((ordinary, 0.5), (odd, 0.001))))


@cache
def trained(
    keys: tuple[str, ...] = ("backend_reversed", "denied", "failed", "refunded", "reversed"),
) -> Forest:
    """A forest of graded cuts that knows how rare their scores are on two ordinary days of `traffic`."""
    cuts = (1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0)
    trees = [
        tree
        for cut in cuts
        for tree in (
            stump("rise", cut**3),
            stump("fall", -(cut**3), odd_above=False),
            stump("volume", -(cut**3), odd_above=False),
            stump("together", (cut + 0.8) ** 3),
        )
    ]
    bare, model, rows = Forest("trained", keys, trees, SAMPLES, Trained(0.0, ((0.0, 1.0),))), ScopeModel(), []
    for minute in range(FIRST, FIRST + 2 * DAY):
        counts = {d: {key: cell[0] for key, cell in held.items()} for d, held in traffic(minute).items()}
        model.hear(minute, counts, ())
        if minute > FIRST + 6 * HOUR:
            shown = columns(model, keys, minute)
            assert shown is not None
            rows += features([column[-1:] for column in shown])
    scores = sorted(bare.scores(rows).tolist())
    tail: dict[float, float] = {}
    for part in (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002):
        tail.setdefault(scores[-round(part * len(scores))], part)
    tail.setdefault(scores[-1], 1 / len(scores))
    return Forest("trained", keys, trees, SAMPLES, Trained(scores[-round(0.05 * len(scores))], tuple(tail.items())))

"""Small forests made by hand, so that the tests of the domain need no scikit-learn."""

from collections.abc import Sequence
from typing import Final

from processors.domain.features import FEATURES
from processors.domain.model.forest import Forest, Trained, Tree

SAMPLES: Final = 256


def stump(feature: str, threshold: float, *, odd_above: bool = True) -> Tree:
    """A tree of one cut that sets a single training row apart from the others."""
    samples = (SAMPLES, SAMPLES - 1, 1) if odd_above else (SAMPLES, 1, SAMPLES - 1)
    return Tree((FEATURES.index(feature), -1, -1), (threshold, 0.0, 0.0), (1, -1, -1), (2, -1, -1), samples)


STUMPS: Final = (
    stump("rise", 1.5),
    stump("fall", -1.5, odd_above=False),
    stump("volume", -1.5, odd_above=False),
    stump("together", 2.0),
)
ORDINARY: Final = (0.3, -0.3, 0.0, 0.5)


def forest(keys: Sequence[str] = ("failed",), trees: Sequence[Tree] = STUMPS, version: str = "0123456789ab") -> Forest:
    """A forest to which a minute is the odder, the more of its trees set it apart; one of two is one in 100."""
    bare = Forest(version, keys, trees, SAMPLES, Trained(0.0, ((0.0, 1.0),)))
    ordinary = float(bare.scores([ORDINARY])[0])
    odd = float(bare.scores([(9.0, -0.3, 0.0, 9.0)])[0])
    return Forest(version, keys, trees, SAMPLES, Trained((ordinary + odd) / 2, ((ordinary, 0.5), (odd, 0.001))))

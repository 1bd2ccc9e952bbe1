"""An isolation forest: how few random cuts set a minute apart from those that it was trained on.

Liu, Ting and Zhou, Isolation Forest (ICDM 2008). Only the asking is here, and it needs numpy alone; `floodmark train`
fits forests with scikit-learn, whose `score_samples` is the score here with the other sign.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log10
from typing import Any, Final

import numpy as np

Rows = np.ndarray[Any, np.dtype[np.float64]]
_EULER_GAMMA: Final = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree as flat arrays, a place in them for each node, the root first and children behind their parents.

    Args:
        feature: Index of the feature that is cut; -1 in a leaf.
        threshold: At or below it, a row goes left; 0 in a leaf.
        left: Index of the left child; -1 in a leaf.
        right: Index of the right child; -1 in a leaf.
        samples: Training rows that have come this far.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    samples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a forest says of the minutes that it was trained on.

    Args:
        offset: Score from which on a minute is odd: the training's contamination is the part of its minutes above.
        tail: (score, part of the training minutes with at least this score), scores ascending, parts descending.
    """

    offset: float
    tail: tuple[tuple[float, float], ...]


class Forest:
    """Trees, and what they say of their own training. Never changes; equal to another with the same `version`.

    Args:
        version: Hash of all that decides what it says.
        keys: The statuses that it looks at, one or more.
        trees: One or more.
        samples: Rows that each tree was grown from, 2 or more.
        trained: See Trained.
    """

    __slots__ = (
        "_depth",
        "_feature",
        "_left",
        "_length",
        "_right",
        "_roots",
        "_threshold",
        "keys",
        "trained",
        "version",
    )

    def __init__(
        self, version: str, keys: Sequence[str], trees: Sequence[Tree], samples: int, trained: Trained
    ) -> None:
        self.version = version
        self.keys = tuple(keys)
        self.trained = trained
        starts = np.cumsum([0, *(len(tree.feature) for tree in trees)])
        self._roots = starts[:-1]
        depths = [_depths(tree) for tree in trees]
        self._depth = max(max(depth) for depth in depths)
        self._feature = np.maximum(_joined([tree.feature for tree in trees]), 0).astype(np.intp)
        self._threshold = _joined([tree.threshold for tree in trees])
        # A leaf leads to itself, so that all rows can take the same number of steps.
        here = np.arange(starts[-1])
        first = np.repeat(self._roots, np.diff(starts))
        self._left = _led(_joined([tree.left for tree in trees]), first, here)
        self._right = _led(_joined([tree.right for tree in trees]), first, here)
        whole = len(trees) * path_length(samples)
        lengths = [
            d + path_length(n)
            for tree, ds in zip(trees, depths, strict=True)
            for d, n in zip(ds, tree.samples, strict=True)
        ]
        self._length = np.array(lengths) / whole

    def scores(self, rows: Sequence[Sequence[float]] | Rows) -> Rows:
        """The anomaly score of each row, between 0 and 1: about 0.5 and less is ordinary."""
        # The trees were grown from numbers of single precision; thresholds lie between those.
        shown = np.asarray(rows, np.float32)
        each = np.arange(len(shown))[:, None]
        nodes = np.broadcast_to(self._roots, (len(shown), len(self._roots)))
        for _ in range(self._depth):
            goes_left = shown[each, self._feature[nodes]] <= self._threshold[nodes]
            nodes = np.where(goes_left, self._left[nodes], self._right[nodes])
        answer: Rows = 2.0 ** -self._length[nodes].sum(axis=1)
        return answer

    def strength(self, score: float) -> float:
        """-log10 of the part of the training minutes with this score or a higher one; no more than there were minutes.

        Between the scores that are known, the logarithm goes straight.
        """
        tail = self.trained.tail
        above = bisect_right(tail, score, key=lambda point: point[0])
        if above == 0:
            return 0.0
        low, part = tail[above - 1]
        if above == len(tail):
            return -log10(part)
        high, less = tail[above]
        return -log10(part) + (log10(part) - log10(less)) * (score - low) / (high - low)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Forest":
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forest) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    def __str__(self) -> str:
        return self.version

    def __repr__(self) -> str:
        return f"Forest({self.version})"


def path_length(samples: int) -> float:
    """Mean number of cuts that it takes to set one of so many rows apart: c(n) of the paper."""
    if samples <= 2:
        return float(max(samples, 1) - 1)
    return 2.0 * (log(samples - 1.0) + _EULER_GAMMA) - 2.0 * (samples - 1.0) / samples


def _depths(tree: Tree) -> list[int]:
    depths = [0] * len(tree.feature)
    for node, (left, right) in enumerate(zip(tree.left, tree.right, strict=True)):
        if left >= 0:
            depths[left] = depths[right] = depths[node] + 1
    return depths


def _joined(parts: Sequence[Sequence[float]]) -> Rows:
    return np.concatenate([np.asarray(part, np.float64) for part in parts])


def _led(child: Rows, first: Any, here: Any) -> Any:
    return np.where(child < 0, here, child.astype(np.intp) + first)

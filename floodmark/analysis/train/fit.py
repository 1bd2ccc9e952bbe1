"""Fitting: scikit-learn grows the trees, and what they say of their own training is noted beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from processors.domain.model.forest import Forest, Trained, Tree
from processors.rules.models import TreeTable

_PARTS: Final = (0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.003, 0.002, 0.001, 0.0005, 0.0002, 0.0001)


class NoScikitLearn(Exception):
    """scikit-learn is not installed; the message says how to install it."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How a forest is grown.

    Args:
        trees: How many.
        sample: Rows that each is grown from, drawn without replacement.
        seed: Of the draws and the cuts.
        contamination: Part of the rows that are to count as odd.
    """

    trees: int
    sample: int
    seed: int
    contamination: float


@dataclass(frozen=True, slots=True)
class Grown:
    """A forest without its papers: see processors.rules.models.ModelFile."""

    trees: tuple[TreeTable, ...]
    samples: int
    offset: float
    quantiles: tuple[tuple[float, float], ...]


def grown(rows: Sequence[Sequence[float]], growth: Growth) -> Grown:
    """A forest of these rows: the same for the same rows and growth.

    Raises:
        NoScikitLearn: It is not installed.
    """
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError as exc:
        raise NoScikitLearn(
            "floodmark train needs scikit-learn, which is not installed; install it: pip install 'floodmark[model]'"
        ) from exc
    table = np.array(rows, np.float64)
    sample = min(growth.sample, len(table))
    forest = IsolationForest(n_estimators=growth.trees, max_samples=sample, random_state=growth.seed)
    forest.fit(table)
    trees = tuple(_table(estimator.tree_) for estimator in forest.estimators_)
    scores = np.sort(_scores(trees, sample, table))
    offset = float(np.quantile(scores, 1 - growth.contamination))
    return Grown(trees, sample, offset, _quantiles(scores))


def _table(tree: Any) -> TreeTable:
    leaf = tree.children_left < 0
    return TreeTable(
        tuple(np.where(leaf, -1, tree.feature).tolist()),
        tuple(np.where(leaf, 0.0, tree.threshold).tolist()),
        tuple(tree.children_left.tolist()),
        tuple(tree.children_right.tolist()),
        tuple(tree.n_node_samples.tolist()),
    )


def _scores(trees: Sequence[TreeTable], sample: int, table: Any) -> Any:
    """The scores as they will be when the file is used."""
    own = [Tree(t.feature, t.threshold, t.left, t.right, t.samples) for t in trees]
    return Forest("", (), own, sample, Trained(0.0, ())).scores(table)


def _quantiles(scores: Any) -> tuple[tuple[float, float], ...]:
    """(part, score): this part of the rows has at least this score; scores ascend. Beyond the last none was seen."""
    size = len(scores)
    parts = [part for part in _PARTS if part * size >= 2]
    found = [(part, float(scores[size - round(part * size)])) for part in parts]
    found.append((1 / (size + 1), float(scores[-1])))
    rising: list[tuple[float, float]] = []
    for part, score in found:
        if not rising or score > rising[-1][1]:
            rising.append((part, score))
    return tuple(rising)

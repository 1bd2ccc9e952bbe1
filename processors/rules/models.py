"""Model files: forests as versioned JSON, read and written; an error names the file and the place in it.

The hash in a file is that of all else in it, so that a file that was cut or changed is refused, and a rule set's
version says which model judged.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from processors.domain.model.features import FEATURES
from processors.domain.model.forest import Forest, Trained, Tree
from schemas.codec import NOT_DECODED

FORMAT: Final = 1
"""Raised when a file of an older format would be read wrongly."""
KIND: Final = "floodmark isolation forest"
MAX_BYTES: Final = 500_000_000
"""The longest model file: 2 000 trees of 4 096 samples have less."""
_MAX_NODES: Final = 1_000_000

Index = Annotated[int, Meta(ge=-1, le=_MAX_NODES)]
Samples = Annotated[int, Meta(ge=1, le=_MAX_NODES)]


class TreeTable(Struct, frozen=True, forbid_unknown_fields=True):
    """See domain.model.forest.Tree."""

    feature: Annotated[tuple[Index, ...], Meta(min_length=1, max_length=_MAX_NODES)]
    threshold: tuple[float, ...]
    left: tuple[Index, ...]
    right: tuple[Index, ...]
    samples: tuple[Samples, ...]


class Training(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """What the forest was trained on, for people.

    Args:
        since: First minute, ISO 8601.
        until: Last minute.
        scopes: How many scopes taught it.
        minutes: Minutes of all scopes with data.
        rows: Minutes that taught it.
        left_out: Minutes that did not because of an incident.
        seed: Of the random cuts.
        contamination: Part of the rows that score above `offset`.
    """

    since: str
    until: str
    scopes: int
    minutes: int
    rows: int
    left_out: int
    seed: int
    contamination: float


class ModelFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model file; see domain.model.forest for what the numbers mean.

    Args:
        hash: SHA-256 of the file with an empty hash.
        features: Those of domain.model.features, in order.
        statuses: Those that the features are taken from.
        samples: Rows of each tree.
        offset: Score from which on a minute is odd.
        quantiles: (part of the rows, score that they reach), parts descending.
    """

    kind: str = KIND
    format: int = FORMAT
    hash: str = ""
    training: Training
    features: tuple[str, ...] = FEATURES
    statuses: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    samples: Annotated[int, Meta(ge=2, le=_MAX_NODES)]
    offset: float
    quantiles: Annotated[tuple[tuple[float, float], ...], Meta(min_length=1)]
    trees: Annotated[tuple[TreeTable, ...], Meta(min_length=1, max_length=10_000)]

    def forest(self) -> Forest:
        """The forest that it holds."""
        trees = [Tree(t.feature, t.threshold, t.left, t.right, t.samples) for t in self.trees]
        tail = tuple((score, part) for part, score in self.quantiles)
        return Forest(self.hash[:12], self.statuses, trees, self.samples, Trained(self.offset, tail))


class ModelError(ValueError):
    """A model file that cannot be used; the message says where and what to do."""


def sealed(model: ModelFile) -> ModelFile:
    """The model with its hash."""
    return msgspec.structs.replace(model, hash=_hash(model))


def written(model: ModelFile) -> bytes:
    """The bytes of a sealed model, a line for each tree; the same for the same model."""
    head, _, trees = msgspec.json.encode(model).partition(b'"trees":[')
    return head.replace(b',"', b',\n"') + b'"trees":[\n' + trees.replace(b'},{"feature"', b'},\n{"feature"')


def read_forest(path: Path) -> Forest:
    """The forest in the file.

    Raises:
        ModelError: The file is missing, is damaged, or is none that `floodmark train` has written.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as exc:
        raise ModelError(f"{path} is not there; train one: floodmark train HISTORY.csv --out {path}") from exc
    except OSError as exc:
        raise ModelError(f"{path} cannot be read: {exc.strerror}; check its name and permissions") from exc
    if len(raw) > MAX_BYTES:
        raise ModelError(
            f"{path} is longer than {MAX_BYTES:,} bytes; train with fewer trees or samples, or name a model"
        )
    _check_kind(path, raw)
    try:
        model = msgspec.json.decode(raw, type=ModelFile)
    except msgspec.ValidationError as exc:
        reason, _, place = str(exc).partition(" - at `$")
        raise _damaged(path, place.rstrip("`").lstrip(".") or "the file", reason) from exc
    for place, what in _faults(model):
        raise _damaged(path, place, what)
    if model.hash != _hash(model):
        raise _damaged(path, "hash", "is not that of the content")
    return model.forest()


def _check_kind(path: Path, raw: bytes) -> None:
    """Refuse what is no model file at all, or one of another format, before its fields are looked at."""
    try:
        head = msgspec.json.decode(raw)
    except NOT_DECODED as exc:
        raise _damaged(path, "the file", f"is no JSON: {exc}") from exc
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise ModelError(f"{path}: kind: this is no model that floodmark train has written; name one that is")
    if head.get("format") != FORMAT:
        what = f"is {head.get('format')!r}; this version reads {FORMAT}: train the model again"
        raise ModelError(f"{path}: format: {what}")


def _faults(model: ModelFile) -> Iterator[tuple[str, str]]:
    if model.features != FEATURES:
        yield "features", f"must be {', '.join(FEATURES)}"
    if len(set(model.statuses)) < len(model.statuses):
        yield "statuses", "must be there once each"
    if not isfinite(model.offset):
        yield "offset", "must be a finite number"
    parts, scores = zip(*model.quantiles, strict=True)
    if not all(0 < part <= 1 for part in parts) or any(a <= b for a, b in pairwise(parts)):
        yield "quantiles", "parts must be above 0, at most 1, and descend"
    if any(a >= b for a, b in pairwise(scores)):
        yield "quantiles", "scores must ascend"
    for index, tree in enumerate(model.trees):
        for place, what in _tree_faults(tree):
            yield f"trees[{index}].{place}", what


def _tree_faults(tree: TreeTable) -> Iterator[tuple[str, str]]:
    nodes = len(tree.feature)
    for name in ("threshold", "left", "right", "samples"):
        if len(getattr(tree, name)) != nodes:
            yield name, f"must be as long as feature: {nodes}; it is {len(getattr(tree, name))}"
            return
    seen = [0] * nodes
    for node, (feature, left, right) in enumerate(zip(tree.feature, tree.left, tree.right, strict=True)):
        if feature >= len(FEATURES):
            yield f"feature[{node}]", f"is {feature}; there are {len(FEATURES)} features"
        if not isfinite(tree.threshold[node]):
            yield f"threshold[{node}]", "must be a finite number"
        if feature < 0 and (left, right) == (-1, -1):
            continue
        for name, child in (("left", left), ("right", right)):
            if feature < 0 or not node < child < nodes or seen[child]:
                yield f"{name}[{node}]", f"is {child}: a child stands behind its parent and has one; a leaf has none"
                return
            seen[child] = 1


def _hash(model: ModelFile) -> str:
    return sha256(msgspec.json.encode(msgspec.structs.replace(model, hash=""))).hexdigest()


def _damaged(path: Path, place: str, what: str) -> ModelError:
    return ModelError(f"{path}: {place}: {what}; the file is damaged: restore it or train again")

"""What one minute of one source partition holds up to which offset, and what a chunk makes of such facts.

A fact may be repeated and re-ordered; of two, the one with the higher (epoch, offset) is right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from processors.domain.counting.packed import Counts, pack, unpack
from processors.domain.window import Dimensions

SCOPE = "scope"
"""What `Applied.folded` calls records whose scope is one too many."""


@dataclass(slots=True)
class Fact:
    """What one minute of one source partition holds: earlier lives of the topic, and `epoch` up to and with `offset`.

    `offset` is that of the last record counted in, so equal records make equal facts, however they come in chunks.

    Args:
        epoch: Which life of the topic `offset` belongs to.
        offset: See above; -1 when nothing of this life is in it.
        tally: Scope to what it holds; packed when nothing has come for it lately.
        cells: How many keys are told apart, over all scopes.
    """

    epoch: int
    offset: int
    tally: dict[str, Counts]
    cells: int = field(default=0, compare=False)

    def packed(self, scope: str) -> bytes:
        """What a scope holds, as bytes."""
        return pack(self.tally[scope])

    def opened(self, scope: str) -> Dimensions:
        """What a scope holds, to be added to; the scope may be new."""
        counts = self.tally.get(scope)
        if counts is None or isinstance(counts, bytes):
            counts = self.tally[scope] = {} if counts is None else unpack(counts)
        return counts


@dataclass(frozen=True, slots=True)
class Applied:
    """What a chunk did.

    Args:
        touched: The minutes its records lie in, each with its whole fact; also those that are now settled, and those
            that held all of it already, because what was stored before a crash may not have been sent. The facts are
            the ones in the state: write them out before the next chunk.
        scopes: Of each of those minutes the scopes that its records touched, each with the offset of the last one; of
            minutes that held it already, all scopes, with the offset of the fact.
        late: Indices into the rows of records that came after their minute was settled; not counted.
        settled: Minutes that were in the state before and left it, because nothing can change them any more. What is
            stored of them may be deleted once the position is stored; until then the chunk may be read again.
        counted: Number of records that were counted.
        skipped: Number of records that were in already.
        folded: Dimension (or SCOPE) to the number of counted records whose key (scope) is one too many, and that
            count under OTHER.
    """

    touched: dict[int, Fact] = field(default_factory=dict)
    scopes: dict[int, dict[str, int]] = field(default_factory=dict)
    late: Sequence[int] = ()
    settled: Sequence[int] = ()
    counted: int = 0
    skipped: int = 0
    folded: Mapping[str, int] = field(default_factory=dict)

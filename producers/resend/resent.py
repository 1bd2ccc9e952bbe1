"""Which dead letters of a partition have been sent again: what a consumer group remembers of it."""

import base64
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

METADATA_BYTES: Final = 4000
"""A broker keeps 4096 bytes of text beside a committed offset, unless it is told otherwise."""


class ResentError(Exception):
    """What was sent again cannot be remembered, or cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Resent:
    """Everything below `base` is done with, and so are the offsets in `beyond`.

    A committed offset alone cannot say that the letters of one reason were sent again and older ones were not, so the
    offsets beyond it go with it, as a compressed bitmap in its metadata.
    """

    base: int = 0
    beyond: frozenset[int] = field(default_factory=frozenset)

    def __contains__(self, offset: int) -> bool:
        return offset < self.base or offset in self.beyond

    def with_done(self, offsets: Iterable[int]) -> Self:
        """The same and these offsets; what follows the base without a gap is taken into it."""
        beyond = {offset for offset in (*self.beyond, *offsets) if offset >= self.base}
        base = self.base
        while base in beyond:
            beyond.remove(base)
            base += 1
        return type(self)(base, frozenset(beyond))

    def begun_at(self, low: int) -> Self:
        """The same, of a partition whose oldest record has the offset `low`."""
        return type(self)(max(low, self.base), self.beyond).with_done(())

    def metadata(self) -> str:
        """The offsets beyond the base as text.

        Raises:
            ResentError: there are too many of them to be kept.
        """
        if not self.beyond:
            return ""
        bitmap = bytearray((max(self.beyond) - self.base) // 8 + 1)
        for offset in self.beyond:
            bitmap[(offset - self.base) // 8] |= 1 << (offset - self.base) % 8
        packed = base64.b64encode(zlib.compress(bitmap, 9)).decode()
        if len(packed) > METADATA_BYTES:
            raise ResentError(
                f"{len(self.beyond):,} letters were chosen here and there beyond offset {self.base}: more than the "
                "broker can remember. Send older ones first: choose fewer with --offset, or all without --reason."
            )
        return packed

    @classmethod
    def read(cls, base: int, metadata: str) -> Self:
        """What was committed; raises `ResentError` when the metadata are somebody else's."""
        if not metadata:
            return cls(base)
        try:
            bitmap = zlib.decompress(base64.b64decode(metadata, validate=True))
        except (ValueError, zlib.error) as error:
            raise ResentError("the consumer group of dlq replay holds metadata that are not ours; delete it") from error
        return cls(base, frozenset(base + i for i in range(len(bitmap) * 8) if bitmap[i // 8] >> i % 8 & 1))

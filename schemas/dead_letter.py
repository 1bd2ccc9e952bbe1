"""Dead letters: the raw bytes of a record that could not be counted, with the reason in headers.

The value is the record's own value, untouched; of one that is `too_large`, its beginning. Of a batch that nobody
can unpack (`unreadable_batch`) it is the batch, and the offset is that of its first record. Where it came
from and why it is here is in headers, as UTF-8 text. The record key is `topic/partition/offset`, so a repeat
overwrites itself.
"""

import re
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict

PREFIX = "floodmark-"
FOR_SINK = f"{PREFIX}for-sink"
"""Header of a record that is sent again for one sink; its value is the sink's name, and the others pass it over."""
SETTLED = "settled"
"""Reason of a late record that is a word between the workers: counts of a minute that nothing can change any more."""
_BY_SINK = re.compile(r"sink ([a-z0-9_-]+): ")


class DeadLetter(BaseModel):
    """The headers of one dead letter (or late record)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    partition: int
    offset: int
    reason: str
    field: str = ""
    detail: str = ""

    @property
    def key(self) -> bytes:
        """The record key: `topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}".encode()

    @property
    def sink(self) -> str:
        """The sink that put the record aside; empty for the workers, who put transactions aside."""
        found = _BY_SINK.match(self.detail)
        return found[1] if found else ""

    def headers(self) -> list[tuple[str, bytes]]:
        """The headers as Kafka takes them, names prefixed with `floodmark-`."""
        return [(PREFIX + name, str(value).encode()) for name, value in self.model_dump().items()]

    @classmethod
    def from_headers(cls, headers: Sequence[tuple[str, bytes | None]] | None) -> Self:
        """Read the headers back; headers of other names are the record's own and are left alone.

        Raises:
            pydantic.ValidationError: when a header is missing or not a number where one is due.
        """
        ours = ((name, value or b"") for name, value in headers or () if name.startswith(PREFIX))
        found = {name.removeprefix(PREFIX): value.decode("utf-8", "replace") for name, value in ours}
        return cls.model_validate(found)

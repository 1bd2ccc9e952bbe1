"""What a stage must know of its own work; Stage knows all the rest."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic

from processors.changelog import Recovered
from processors.intake.chunk import Chunk
from processors.stages.outbox import Parcel
from processors.stages.owned import State


class StageWork(ABC, Generic[State]):
    """Loads the state of a partition, applies chunks to it, and says what is to be sent and stored."""

    name: str
    dead_letters: str
    """The topic for what cannot be read."""
    partitions: int
    """How many partitions of the source topic there are to read."""

    @abstractmethod
    def load(self, partition: int, found: Recovered, topic_id: str) -> State:
        """The state of a partition from what its changelog holds."""

    def is_ours(self, partition: int) -> bool:
        """Whether the partition is one of those that are read; one that nobody writes to is not."""
        return partition < self.partitions

    async def prepare(self) -> None:
        """What is to be done between two chunks, before the next one is looked at."""
        return

    @abstractmethod
    async def work(self, state: State, chunk: Chunk, parcel: Parcel) -> None:
        """Apply a chunk, and send with the parcel what cannot wait."""

    def note_trouble(self, _state: State, _chunk: Chunk) -> None:
        """Take note of what there is instead of records, before it is passed over."""
        return

    @abstractmethod
    async def tell(self, state: State, partition: int, parcel: Parcel) -> None:
        """Send what has waited: it must be on its way before the state is stored."""

    @abstractmethod
    def is_due(self, state: State, beats: int) -> bool:
        """Whether the state is to be stored now, when something has waited for it for so many beats of `every_s`."""

    @abstractmethod
    def position_of(self, state: State) -> bytes:
        """What is stored beside the named values."""

    @abstractmethod
    def changes(self, state: State, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """Add the named values that have changed since this was last asked, in small steps."""

    @abstractmethod
    def everything(self, state: State) -> Iterator[tuple[str, bytes]]:
        """All named values of the state."""

    def value_of(self, _state: State, _name: str) -> bytes | None:
        """One named value, where it is at hand."""
        return None

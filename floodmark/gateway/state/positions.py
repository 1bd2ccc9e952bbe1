"""A place in the topics as one short word: what a stream's events are named by, and what every gateway understands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

LETTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "minutes": ("m",),
    "alerts": ("a", "i"),
    "commands": ("c", "j"),
    "receipts": ("r",),
}
"""What the places of a topic's partitions begin with: a record of alerts or commands says what it says, and how an
incident stands then; each has a place of its own, so that whoever is cut off between them is told neither twice."""
_KNOWN: Final = frozenset(letter for letters in LETTERS.values() for letter in letters)
MAX_LENGTH: Final = 40_000
"""Letters of a place: a thousand partitions have room."""
MAX_OFFSET: Final = 2**63

Place = tuple[str, int]
"""Letter of what is said, and partition."""


class PositionError(ValueError):
    """It is no position; says why."""


@dataclass(frozen=True, slots=True)
class Position:
    """The next offset of each partition: all before it is in.

    Args:
        life: A name of the topics as they are now: of topics that were made anew offsets mean something else.
        offsets: By partition; of one that is not named, nothing is in.
    """

    life: str = "0"
    offsets: Mapping[Place, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """`LIFE~a0.17~m0.4120~m1.3998`: letters, digits, `.` and `~`, so it may stand in a URL as it is."""
        places = (f"{letter}{number}.{self.offsets[letter, number]}" for letter, number in sorted(self.offsets))
        return "~".join((self.life, *places))

    @classmethod
    def of(cls, text: str) -> "Position":
        """What `str` made.

        Raises:
            PositionError: It is nothing that it makes.
        """
        if len(text) > MAX_LENGTH:
            raise PositionError("it is too long")
        life, *places = text.split("~")
        if not life.isascii() or not life.isalnum():
            raise PositionError("it does not begin with the name of a life")
        offsets: dict[Place, int] = {}
        for each in places:
            letter, (number, dot, offset) = each[:1], each[1:].partition(".")
            if letter not in _KNOWN or not dot or not (_is_number(number) and _is_number(offset)):
                raise PositionError(f"{each[:40]!r} is no place in a topic")
            offsets[letter, int(number)] = int(offset)
        return cls(life, offsets)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) < MAX_OFFSET

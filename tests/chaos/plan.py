"""Which fault comes when: drawn from a seed, so that a run can be repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, get_args

Fault = Literal[
    "kill worker",
    "kill after checkpoint",
    "kill before checkpoint",
    "kill in recovery",
    "kill twice",
    "kill sink",
    "kill store",
    "kill broker",
    "freeze",
    "freeze long",
    "add worker",
    "remove worker",
]
DECK: Final[tuple[Fault, ...]] = get_args(Fault)
SHORT_S: Final = 3.0
BEYOND_S: Final = 3.0
"""How much longer than the session time-out a long freeze lasts."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Args:
        number: From 1.
        calm_s: Seconds of flow before the fault.
        fault: What happens.
        luck: Chooses whom it meets, in [0, 1).
    """

    number: int
    calm_s: float
    fault: Fault
    luck: float


def rounds(seed: int, count: int, of: Sequence[Fault] = DECK) -> Iterator[Round]:
    """The rounds of a run: the deck is shuffled again each time it is used up, so that every fault comes."""
    rng = Random(seed)
    deck: list[Fault] = []
    for number in range(1, count + 1):
        if not deck:
            deck = [*of]
            rng.shuffle(deck)
        yield Round(number, round(rng.uniform(2.0, 6.0), 2), deck.pop(), rng.random())


def lasts_s(fault: Fault, session_s: float) -> float:
    """How long a round is held up by its fault at least."""
    return {
        "freeze": SHORT_S,
        "freeze long": session_s + BEYOND_S,
        "kill in recovery": session_s,
        "kill twice": SHORT_S,
    }.get(fault, 0.0)

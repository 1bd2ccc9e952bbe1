"""What was counted and heard while `first_format.json` was written, and what came after that.

The file holds what the code of commit b3cb638 had in its changelogs after the first CUT records; see its `StoredFact`,
`StoredCourse` and `StoredParts`.
"""

from pathlib import Path
from random import Random
from typing import Final

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.window import TimePolicy
from tests.processors.domain.build import M0, Record, at

FILE: Final = Path(__file__).with_name("first_format.json")
CUT: Final = 60
POLICY: Final = TimePolicy(
    lateness_ms=5_000, revise_for_ms=240_000, max_gap_minutes=20, says_every_minute=True, complete=0
)
SCOPES: Final = ("all", "shop", "till")


def records() -> list[Record]:
    """Transactions of one source partition."""
    rng = Random(5)
    found = []
    for offset in range(2 * CUT):
        minute = offset // 6 - rng.choice([0, 0, 0, 1, 2])
        place = rng.choice(SCOPES), rng.choice(["approved", "denied", "failed"]), rng.choice([None, "51"])
        found.append(Record(offset, at(max(minute, 0), rng.randrange(60)), place, rng.randrange(5), rng.randrange(9)))
    return found


def words() -> list[Partial]:
    """What two source partitions tell the judge: spikes, silence of a scope, late counts."""
    rng = Random(6)
    held: dict[tuple[int, str, int], dict[str, dict[str, list[int]]]] = {}
    offsets, found = [0, 0], []
    for number in range(2 * CUT):
        source, minute = number % 2, number // 2
        offsets[source] += 1
        minutes = []
        for scope in SCOPES:
            if scope == "till" and 10 < minute < 34:
                continue
            behind = rng.choice([0, 0, 0, 0, 1, 2, 3])
            counts = held.setdefault((source, scope, max(minute - behind, 0)), {})
            is_high = minute % 29 in (9, 10, 28)
            for key, count in (("approved", 40), ("failed", 9 if is_high else 0), ("denied", rng.choice([0, 2, 30]))):
                cell = counts.setdefault("status", {}).setdefault(key, [0, 0])
                cell[0] += count
            copied = {d: {key: [*cell] for key, cell in keys.items()} for d, keys in counts.items()}
            minutes.append(PartialMinute(M0 + max(minute - behind, 0), scope, offsets[source], copied))
        found.append(Partial(source, 2, 1, offsets[source], at(minute, 55), minutes=minutes))
    return found

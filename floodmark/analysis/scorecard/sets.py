"""The labelled sets of a folder, and the judge beside them."""

import gzip
from dataclasses import dataclass
from pathlib import Path

JUDGE = "evaluate.py"
LABELS = "labels.json"
TRANSACTIONS = "transactions.csv"
AUTH_CODES = "transactions_auth_codes.csv"


class SetsError(Exception):
    """The folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Transactions and what is known to be wrong in them.

    Args:
        name: Path below the folder of all sets, such as `public/flat`.
        folder: Where its files lie; the tables may be gzipped.
    """

    name: str
    folder: Path

    @property
    def group(self) -> str:
        """Sets of one group are also scored together."""
        return self.name.partition("/")[0]

    @property
    def labels(self) -> Path:
        """What is known."""
        return self.folder / LABELS

    def table(self, name: str, room: Path) -> Path | None:
        """The table of that name as plain CSV, unpacked into `room` if need be; None when the set has none."""
        plain, packed = self.folder / name, self.folder / f"{name}.gz"
        if plain.is_file():
            return plain
        if not packed.is_file():
            return None
        unpacked = room / f"{self.name.replace('/', '.')}.{name}"
        unpacked.write_bytes(gzip.decompress(packed.read_bytes()))
        return unpacked


def judge_in(folder: Path) -> Path:
    """The judge of the folder.

    Raises:
        SetsError: There is no such folder, or no judge in it.
    """
    if not folder.is_dir():
        raise SetsError(f"{folder} is no folder; name the one that holds the labelled sets and {JUDGE}")
    judge = folder / JUDGE
    if not judge.is_file():
        raise SetsError(f"{folder} holds no {JUDGE}, the judge that scores alerts; name the folder that does")
    return judge


def sets_in(folder: Path) -> list[LabelledSet]:
    """All sets, one or two folders down, by name.

    Raises:
        SetsError: There is none, or one has labels and nothing to judge.
    """
    places = sorted(path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/{LABELS}"))
    if not places:
        raise SetsError(f"{folder} holds no set: no {LABELS} one or two folders down")
    for place in places:
        if not (place / TRANSACTIONS).is_file() and not (place / f"{TRANSACTIONS}.gz").is_file():
            raise SetsError(f"{place} has {LABELS} and no {TRANSACTIONS}; add it or take the folder away")
    return [LabelledSet(place.relative_to(folder).as_posix(), place) for place in places]

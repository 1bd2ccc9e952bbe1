"""What the tests of producers share: files to write, rows to make, sums to compare."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import strategies as st

from producers.rows import Row, minute_start
from tests.paths import SHARED_FILES

START_MS = int(datetime(2025, 7, 12, 13, 45, tzinfo=UTC).timestamp()) * 1000
SHARED = SHARED_FILES / "data"


def written(folder: Path, name: str, *lines: str) -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    return path


def stamp(timestamp_ms: int) -> str:
    """An instant as the files write it."""
    return f"{datetime.fromtimestamp(timestamp_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def by_minute(rows: Iterable[Row]) -> Counter[tuple[int, str | None, str | None, str]]:
    """How many transactions there are of each minute and place."""
    found: Counter[tuple[int, str | None, str | None, str]] = Counter()
    for row in rows:
        found[minute_start(row.timestamp_ms), row.status, row.auth_code, row.scope] += row.count
    return found


def rows_in_order(most: int = 40, minutes: int = 60) -> st.SearchStrategy[list[Row]]:
    """Rows in event-time order within some minutes, many of them at the start of one."""
    at = st.one_of(
        st.integers(0, minutes - 1).map(lambda minute: START_MS + minute * 60_000),
        st.integers(0, minutes * 60_000 - 1).map(lambda ms: START_MS + ms),
    )
    amounts = st.none() | st.integers(0, 10_000)
    row = st.builds(Row, at, st.integers(0, 50), st.sampled_from(["approved", "denied"]), amount=amounts)
    return st.lists(row, max_size=most).map(lambda rows: sorted(rows, key=lambda row: row.timestamp_ms))

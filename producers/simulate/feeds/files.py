"""A made feed as files: rows as replay and detect read them, labels as judges of alerts read them."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from producers.rows import MINUTE_MS, Row
from producers.simulate.feeds.events import EVENTS
from producers.simulate.feeds.feed import MadeFeed
from producers.simulate.feeds.placing import Truth
from producers.simulate.files import AUTH_CODES, LABELS, TRANSACTIONS
from producers.simulate.labels import encoded
from schemas.instants import from_ms

_STATUS: Final = ("status", "count", "amount")
_CODE: Final = ("auth_code", "count")


def write(made: MadeFeed, folder: Path) -> None:
    """Write transactions, auth codes and labels into `folder`, which is made when it is not there.

    Where rows come late, they stand in the order in which they come, and a column `arrived` says when.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / TRANSACTIONS, _STATUS, made)
    if made.feed.codes:
        _write(folder / AUTH_CODES, _CODE, made)
    (folder / LABELS).write_text(encoded(labels(made)), encoding="utf-8", newline="\n")


def labels(made: MadeFeed) -> list[dict[str, Any]]:
    """The scope of the data, its first days, which are not scored, and each event; first and last minutes inclusive.

    An event has beside what the labels of other simulated traffic have: `lost`, `half_lost` and `three_percent_lost`
    (the first minutes in which so much of what is usual is lost or broken), and `second`; see
    `producers.simulate.feeds.placing.Truth`.
    """
    feed = made.feed
    last = feed.minutes - 1
    found = [_label(made, "scope", "scope", ("*",), 0, last)]
    found.append(_label(made, "warmup", "ignore", ("*",), 0, min(last, round(feed.quiet_from * 1440) - 1)))
    found += [_of(made, number, truth) for number, truth in enumerate(made.truths, 1)]
    return found


def _of(made: MadeFeed, number: int, truth: Truth) -> dict[str, Any]:
    event = EVENTS[truth.event]
    marks = {"half_lost": truth.half, "three_percent_lost": truth.three_percent}
    return {
        **_label(made, truth.event, event.expect, sorted(event.keys), truth.first, truth.last),
        "id": f"{number:03d}",
        "lost": truth.lost,
        **{name: None if at is None else _minute(made, at) for name, at in marks.items()},
        "second": truth.second,
    }


def _label(made: MadeFeed, kind: str, expect: str, keys: Iterable[str], first: int, last: int) -> dict[str, Any]:
    names = list(keys)
    return {
        "id": kind,
        "type": kind,
        "status": names[0] if names else "",
        "keys": names,
        "expect": expect,
        "start": _minute(made, first),
        "end": _minute(made, last),
    }


def _minute(made: MadeFeed, minute: int) -> str:
    return f"{from_ms(made.feed.start_ms + minute * MINUTE_MS):%Y-%m-%dT%H:%M:%S}"


def _write(path: Path, columns: tuple[str, ...], made: MadeFeed) -> None:
    is_late = made.feed.delivery.late_part > 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("timestamp", *columns, *(["arrived"] if is_late else [])))
        if is_late:
            for arrival in made.arrivals():
                for row in arrival.rows:
                    _write_row(out, row, columns, _minute(made, arrival.minute))
        else:
            for row in made.rows():
                _write_row(out, row, columns)


def _write_row(out: Any, row: Row, columns: tuple[str, ...], *more: str) -> None:
    if getattr(row, columns[0]) is not None:
        cells = (getattr(row, name) for name in columns)
        out.writerow((f"{from_ms(row.timestamp_ms):%Y-%m-%d %H:%M:%S}", *cells, *more))

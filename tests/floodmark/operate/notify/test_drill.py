"""What a drill says, whom it calls, and what it makes of receipts."""

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgspec
import pytest

from floodmark.operate.notify.drill import Timed, channels_by_team, drill_alert, timed_by
from runtime.exits import Misused
from sinks.notify.receipts import DeliveryReceipt
from tests.sinks.notify.routing.kit import WHOLE

AT = datetime(2026, 1, 7, 12, 0, 0, 250_000, UTC)
AT_MS = int(AT.timestamp() * 1000)
ALERTS = {"payments": drill_alert("payments", "1", "ann", AT), "platform": drill_alert("platform", "2", "ann", AT)}
WANTED = {"payments": ("pager", "chat"), "platform": ("pager",)}


def receipt(**changes: Any) -> DeliveryReceipt:
    made = DeliveryReceipt(
        notification="n",
        number=1,
        channel="pager",
        team="payments",
        route="(drill)",
        kind="open",
        what="delivered",
        incidents=["drill-1"],
        severity="critical",
        owed_ms=AT_MS + 500,
        at_ms=AT_MS + 1_500,
        event_ms=AT_MS - 60_000,
        took_ms=20,
        detail="202",
        drill=True,
    )
    return msgspec.structs.replace(made, **changes)


def test_each_channel_is_timed_from_the_beginning_of_the_drill() -> None:
    heard = [
        receipt(),
        receipt(channel="chat", what="overdue"),
        receipt(channel="chat", at_ms=AT_MS + 301_000),
        receipt(channel="chat", kind="resolved", at_ms=AT_MS + 9_000),
        receipt(team="platform", incidents=["drill-2"], what="refused", detail="401"),
    ]
    assert timed_by(WANTED, ALERTS, heard) == [
        Timed("payments", "pager", "delivered", 1.5, "202"),
        Timed("payments", "chat", "delivered", 301.0, "202"),
        Timed("platform", "pager", "refused", None, "401"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"drill": False},
        {"incidents": ["drill-9"]},
        {"incidents": []},
        {"what": "overdue"},
        {"kind": "resolved"},
        {"kind": "passed"},
    ],
)
def test_what_is_of_another_drill_or_calls_nobody_is_not_counted(other: dict[str, Any]) -> None:
    assert [one.outcome for one in timed_by(WANTED, ALERTS, [receipt(**other)])] == ["nothing"] * 3


def test_its_first_minute_ends_when_it_begins_so_that_time_to_page_counts_from_there() -> None:
    alert = ALERTS["payments"]
    assert (AT - alert.since).total_seconds() == 60
    assert (alert.scope, alert.severity, alert.incident_id) == ("payments", "critical", "drill-1")
    assert "ann tries" in alert.summary


def written(folder: Path, text: str = WHOLE) -> Path:
    path = folder / "routes.toml"
    path.write_text(dedent(text))
    return path


def test_a_team_is_called_through_all_channels_it_is_told_through_first_or_later(tmp_path: Path) -> None:
    routes = written(tmp_path)
    assert channels_by_team(routes, None) == {"payments": ("pager", "chat"), "platform": ("chat", "pager")}
    assert channels_by_team(routes, "platform") == {"platform": ("chat", "pager")}


def test_whom_it_cannot_call_it_says_in_words(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"there is no team 'nobody' in .*; there are: payments, platform"):
        channels_by_team(written(tmp_path), "nobody")
    with pytest.raises(Misused, match=r"no-such.toml: cannot be read"):
        channels_by_team(tmp_path / "no-such.toml", None)
    silent = """
        [[team]]
        name = "t"

        [[route]]
        name = "nobody"
        team = "t"
        channels = []
    """
    with pytest.raises(Misused, match="tells t of anything"):
        channels_by_team(written(tmp_path, silent), "t")
    with pytest.raises(Misused, match="tells anybody of anything"):
        channels_by_team(written(tmp_path, silent), None)

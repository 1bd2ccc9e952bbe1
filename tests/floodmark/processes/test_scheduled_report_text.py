"""The text of a report by schedule is what `floodmark report` prints of the store."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floodmark.analysis.duty.sections import SILENCES
from floodmark.cli import app
from floodmark.processes.scheduled_reports import no_reports, reports_of, text
from floodmark.queries.ask import remote
from floodmark.settings import Settings
from sinks.notify.notification import ReportKind, Scheduled
from sinks.protocol import Busy
from tests.sample_store import Filled


def scheduled(kind: ReportKind, at: datetime, zone: str = "UTC") -> Scheduled:
    return Scheduled(kind, int(at.timestamp() * 1000), zone)


def without_silences(lines: list[str]) -> list[str]:
    """The lines but for the part that a scheduled report has not."""
    begin = lines.index(SILENCES) - 1
    end = next(at for at in range(begin + 1, len(lines)) if not lines[at])
    return lines[:begin] + lines[end:]


@pytest.mark.parametrize(
    ("kind", "at", "zone"),
    [
        ("shift", datetime(2025, 3, 4, 6, tzinfo=UTC), "America/Sao_Paulo"),
        ("day", datetime(2025, 3, 5, 11, 30, tzinfo=UTC), "Asia/Tokyo"),
        ("week", datetime(2025, 3, 10, 8, tzinfo=UTC), "UTC"),
    ],
)
def test_it_is_what_the_command_in_its_first_line_prints(
    filled: Filled, kind: ReportKind, at: datetime, zone: str
) -> None:
    command, _, *lines = text(remote(filled.dsn), scheduled(kind, at, zone)).split("\n")
    _, *words = command.split()
    printed = CliRunner().invoke(
        app,
        [*words, "--dsn", filled.dsn],
        env={"COLUMNS": "80", "FLOODMARK_STORE_DSN": "", "FLOODMARK_BROKER": ""},
    )
    assert printed.exit_code == 0, printed.output
    assert lines == without_silences(printed.output.splitlines())
    assert any("incident" in line for line in lines)


def test_a_day_of_which_nothing_is_stored_says_so(filled: Filled) -> None:
    found = text(remote(filled.dsn), scheduled("day", datetime(2024, 5, 2, 8, tzinfo=UTC)))
    command, _, said = found.split("\n")
    assert command == "floodmark report day --date 2024-05-01"
    assert said.startswith("Nothing to report: the store has no minutes of Wednesday, 01 May 2024; it has ")


def test_a_store_that_does_not_answer_is_asked_again_later(tmp_path: Path) -> None:
    for settings in (
        Settings(data_dir=tmp_path),
        Settings(store_dsn="clickhouse://nobody:nothing@127.0.0.1:9/floodmark"),
    ):
        with pytest.raises(Busy) as caught:
            reports_of(settings)(scheduled("day", datetime(2025, 3, 5, 8, tzinfo=UTC)))
        assert "answers" in caught.value.detail
        assert "nothing" not in caught.value.detail


def test_where_no_store_is_configured_that_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("FLOODMARK_DATA_DIR", "FLOODMARK_STORE_DSN"):
        monkeypatch.delenv(name, raising=False)
    assert "none is configured; set FLOODMARK_STORE_DSN" in no_reports(Settings())
    assert no_reports(Settings(data_dir=tmp_path)) == ""
    assert no_reports(Settings(store_dsn="clickhouse://127.0.0.1/floodmark")) == ""

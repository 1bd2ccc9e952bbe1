"""The text of a report by schedule is what `floodmark report` prints of the store."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from floodmark.analysis.duty.words import ENGLISH, WORDS, ReportWords
from floodmark.analysis.period.period import around
from floodmark.cli import app
from floodmark.processes.scheduled_reports import no_reports, reports_of, text
from floodmark.queries.ask import remote
from floodmark.settings import Settings
from sinks.notify.notification import ReportKind, Scheduled
from sinks.protocol import Busy
from tests.sample_store import Filled

PORTUGUESE = ReportWords("pt")


def scheduled(kind: ReportKind, at: datetime, zone: str = "UTC") -> Scheduled:
    return Scheduled(kind, int(at.timestamp() * 1000), zone)


def without_silences(lines: list[str]) -> list[str]:
    """The lines but for the part that a scheduled report has not."""
    begin = lines.index(ENGLISH.say("silences")) - 1
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


def test_a_team_that_reads_portuguese_gets_the_same_figures_in_portuguese(filled: Filled) -> None:
    at = datetime(2025, 3, 5, 11, 30, tzinfo=UTC)
    said = text(remote(filled.dsn), replace(scheduled("day", at), language="pt"))
    title, *_ = said.split("\n")[2:]
    assert title.startswith("terça-feira, 04/03/2025, all: ")
    for part in ("Em resumo", "Quanto custou", "Rapidez", "Regras que mais avisam", "Mensagens às pessoas"):
        assert f"\n{part}\n" in said
    assert not re.search(r"\b(the|of|incident|incidents|open|nobody|minutes|lost)\b", said.split("\n", 2)[2])
    english = text(remote(filled.dsn), scheduled("day", at))
    assert len(said.split("\n\n")) == len(english.split("\n\n"))


def test_a_shift_has_its_name_in_portuguese_too(filled: Filled) -> None:
    at = datetime(2025, 3, 4, 6, tzinfo=UTC)
    said = text(remote(filled.dsn), replace(scheduled("shift", at, "America/Sao_Paulo"), language="pt"))
    assert said.split("\n")[2].startswith("segunda-feira, 03/03/2025, 19:00 a 04/03 03:00")


def test_every_language_says_everything_with_the_same_parts() -> None:
    parts = {
        language: {word: {name for _, name, _, _ in Formatter().parse(said) if name} for word, said in words.items()}
        for language, words in WORDS.items()
    }
    parts["en"]["nothing"] = set()
    assert parts["en"] == parts["pt"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (PORTUGUESE.number(1234.56, 1), "1.234,6"),
        (PORTUGUESE.percent(0.97512, 2), "97,51%"),
        (PORTUGUESE.incidents(1), "1 incidente"),
        (PORTUGUESE.incidents(2000), "2.000 incidentes"),
        (PORTUGUESE.long(840), "14 minutos"),
        (PORTUGUESE.long(60 * 60 * 3 + 60), "3 h 01 min"),
        (PORTUGUESE.severity("critical"), "crítico"),
        (PORTUGUESE.severity("none"), "none"),
        (PORTUGUESE.period(around(date(2026, 1, 7), "week")), "semana de 05/01/2026"),
        (PORTUGUESE.period(around(date(2026, 1, 7), "month")), "01/2026"),
        (ENGLISH.period(around(date(2026, 1, 7), "day")), "Wednesday, 07 January 2026"),
    ],
)
def test_numbers_times_and_days_are_written_as_the_language_writes_them(said: str, expected: str) -> None:
    assert said == expected


def test_a_day_of_which_nothing_is_stored_says_so(filled: Filled) -> None:
    found = text(remote(filled.dsn), scheduled("day", datetime(2024, 5, 2, 8, tzinfo=UTC)))
    command, _, said = found.split("\n")
    assert command == "floodmark report day --date 2024-05-01"
    assert said.startswith("Nothing to report: the store has no minutes of Wednesday, 01 May 2024; it has ")


def test_a_day_of_which_nothing_is_stored_says_so_in_portuguese_too(filled: Filled) -> None:
    at = datetime(2024, 5, 2, 8, tzinfo=UTC)
    found = text(remote(filled.dsn), replace(scheduled("day", at), language="pt"))
    assert found.split("\n")[2] == "Nada a relatar: não há minutos armazenados desse período."


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

"""A path that is not there is said in one sentence, before anything else is tried."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from runtime.exits import Exit

SILENT = "127.0.0.1:9"
"""Nothing answers there; whoever asks first would wait."""
COMMANDS = {
    "doctor": ["doctor"],
    "ack": ["ack", "4711"],
    "dlq list": ["dlq", "list"],
    "dlq replay": ["dlq", "replay"],
    "keys create": ["keys", "create", "me"],
    "keys list": ["keys", "list"],
    "keys revoke": ["keys", "revoke", "fm_x"],
    "sink clickhouse": ["sink", "clickhouse"],
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLOODMARK_DATA_DIR", "FLOODMARK_STORE_DSN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_data_directory_that_is_not_there_is_named(command: str, tmp_path: Path) -> None:
    missing = tmp_path / "nodir"
    result = CliRunner().invoke(app, [*COMMANDS[command], "--broker", SILENT, "--data-dir", str(missing)])
    assert result.exit_code == Exit.MISUSED
    remedy = "Start one with `floodmark up`, or name the right --data-dir."
    assert result.output == f"floodmark {command}: {missing} does not exist. {remedy}\n"
    assert not missing.exists()


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(app, ["doctor", "--broker", SILENT, "--data-dir", str(tmp_path / "file")])
    assert (result.exit_code, "is no folder" in result.output) == (Exit.MISUSED, True)

import json
import os
from pathlib import Path

import pytest

from schemas.alert import Alert
from schemas.codec import decode
from schemas.minute import Minute
from schemas.topics import Topics
from sinks.jsonl.destination import JsonLines
from sinks.jsonl.file import BLOCK, FileTaken, LinesFile
from sinks.protocol import UnreadableRecord
from tests.sinks.sink_kit import alert, alert_at, minute, minute_at, plain


def content_after_opening(path: Path) -> bytes:
    LinesFile(path).close()
    return path.read_bytes()


def test_alerts_and_minutes_go_to_their_own_files(tmp_path: Path) -> None:
    alerts, minutes = tmp_path / "new" / "alerts.jsonl", tmp_path / "minutes.jsonl"
    sink = JsonLines(Topics(), alerts, minutes)
    assert sink.topics == ("alerts", "minutes")
    entries = [sink.read(record) for record in (alert_at(1), minute_at(0), minute_at(1))]
    assert sink.write([entry for entry in entries if entry]) == 3
    sink.close()
    assert decode(Alert, alerts.read_bytes()) == alert(incident_id="incident-1")
    first, _ = minutes.read_bytes().splitlines()
    assert decode(Minute, first) == minute()


def test_only_what_has_a_file_is_read(tmp_path: Path) -> None:
    sink = JsonLines(Topics("p."), None, tmp_path / "minutes.jsonl")
    assert sink.topics == ("p.minutes",)
    sink.close()


def test_a_value_over_several_lines_becomes_one(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    sink = JsonLines(Topics(), None, path)
    pretty = json.dumps(json.loads(minute_at(0).value or b""), indent=2).encode()
    entry = sink.read(plain(0, pretty, minute_at(0).partition))
    assert entry is not None
    sink.write([entry])
    sink.close()
    assert len(path.read_bytes().splitlines()) == 1


def test_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for number in range(3):
        file = LinesFile(path)
        file.append([str(number).encode()])
        file.close()
    assert path.read_bytes() == b"0\n1\n2\n"


@pytest.mark.parametrize(
    ("left", "repaired"),
    [
        (b"", b""),
        (b"whole\n", b"whole\n"),
        (b"whole\ntor", b"whole\n"),
        (b"torn", b""),
        (b"whole\n" + b"x" * (2 * BLOCK + 7), b"whole\n"),
        (b"y" * BLOCK + b"\n" + b"x" * BLOCK, b"y" * BLOCK + b"\n"),
        (b"x" * (BLOCK * 2), b""),
    ],
)
def test_a_torn_last_line_is_removed(tmp_path: Path, left: bytes, repaired: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(left)
    assert content_after_opening(path) == repaired


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    file = LinesFile(tmp_path / "a.jsonl")
    with pytest.raises(FileTaken, match="another process"):
        LinesFile(tmp_path / "a.jsonl")
    file.close()
    LinesFile(tmp_path / "a.jsonl").close()


def test_a_write_that_fails_leaves_whole_lines_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    file = LinesFile(path)
    file.append([b"before"])
    write = os.write

    def half(descriptor: int, data: memoryview) -> int:
        write(descriptor, bytes(data[: len(data) // 2]))
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="input/output"):
        file.append([b"a long line that does not fit"])
    assert path.read_bytes() == b"before\n"
    file.close()


def test_what_is_not_a_record_of_its_topic_is_unreadable(tmp_path: Path) -> None:
    sink = JsonLines(Topics(), tmp_path / "a.jsonl")
    with pytest.raises(UnreadableRecord, match="fields are wrong"):
        sink.read(plain(0, b"{}"))
    assert sink.read(plain(0, None)) is None
    sink.close()

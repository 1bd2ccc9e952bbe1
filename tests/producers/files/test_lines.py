"""Lines of a text: as the library reads them, unless one is too long."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.files import lines
from producers.files.csv_rows import Row, RowError, RowFiles
from producers.files.lines import CUT, bounded_lines
from tests.producers.rows_kit import START_MS


@given(st.text(alphabet="ab\r\n", max_size=60), st.integers(1, 7))
def test_lines_are_those_of_the_library_whatever_a_block_holds(text: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lines, "_BLOCK", block)
        assert list(bounded_lines(io.StringIO(text, newline=""))) == list(io.StringIO(text, newline=""))


@given(st.sampled_from(["\n", "\r", "\r\n"]), st.integers(8, 40), st.integers(1, 7))
def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(end: str, length: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lines, "_BLOCK", block)
        patched.setattr(lines, "MAX_LINE", 12)
        first, second = f"abc{end}{'x' * length}", f"def{end}"
        found = list(bounded_lines(io.StringIO(f"{first}{end}{second}", newline="")))
    assert found[0] == f"abc{end}"
    assert found[2:] == [second]
    assert found[1] == f"{'x' * length}{end}" or (found[1].endswith(CUT) and len(found[1]) <= 12 + 2 * 7 + len(CUT))


@pytest.mark.parametrize("filling", ["x", ","])
def test_a_row_that_is_too_long_is_a_bad_row_and_those_beside_it_are_read(
    tmp_path: Path, filling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 2**20)
    path = tmp_path / "a.csv"
    good = "2025-07-12 13:45:00,approved,3\n"
    path.write_text(f"timestamp,status,count\n{good}{good[:-1]}{filling * (4 * 2**20)},7\n{good}", "utf-8")
    with pytest.raises(RowError, match="line 3"):
        RowFiles([path])
    files = RowFiles([path], skip_bad=True)
    assert list(files) == [Row(START_MS, 3, "approved")] * 2
    assert files.reading.bad == 1

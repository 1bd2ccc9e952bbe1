import os
import subprocess
import sys
from pathlib import Path

import pytest

from floodmark.local.up.datadir import MARKER, DataDir, DataDirError


def test_a_missing_directory_is_made_and_marked(tmp_path: Path) -> None:
    with DataDir(tmp_path / "a" / "b") as data:
        assert (data.path / MARKER).exists()


def test_fresh_empties_a_directory_of_ours(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        (data.path / "store").mkdir()
        (data.path / "store" / "part").write_text("x")
        (data.path / "link").symlink_to(tmp_path.parent)
    with DataDir(tmp_path, fresh=True):
        assert {p.name for p in tmp_path.iterdir()} == {MARKER, ".lock"}
    assert tmp_path.parent.exists()


@pytest.mark.parametrize("fresh", [True, False])
def test_a_directory_with_other_things_is_left_alone(tmp_path: Path, fresh: bool) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(DataDirError, match=r"thesis\.tex.*--data-dir"):
        DataDir(tmp_path, fresh=fresh)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(DataDirError, match="is a file"):
        DataDir(tmp_path / "f")


def test_a_second_user_is_told_who_has_it(tmp_path: Path) -> None:
    with DataDir(tmp_path), pytest.raises(DataDirError, match=rf"in use by another.*pid {os.getpid()}"):
        DataDir(tmp_path)
    DataDir(tmp_path).close()


def test_the_lock_goes_with_the_process_however_it_ends(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from floodmark.local.up.datadir import DataDir\n"
        "d = DataDir(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert (tmp_path / MARKER).exists()
    DataDir(tmp_path).close()


def test_a_second_user_who_wants_it_fresh_deletes_nothing(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        (data.path / "store").write_text("x")
        with pytest.raises(DataDirError, match="in use"):
            DataDir(tmp_path, fresh=True)
        assert (data.path / "store").exists()

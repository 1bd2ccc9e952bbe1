"""Runs are kept whole, and only those of the same rules are seen again."""

from pathlib import Path

import pytest

from floodmark.analysis.scorecard.kept_runs import KeptRunError, KeptRuns
from tests.floodmark.analysis.scorecard.feed_kit import notice, run, true

RUN = run([true("total_outage", 3, 9, half=4)], [notice(5, "denied", "00")], seed=2, cpu_s=1.5)


def test_a_run_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    kept = KeptRuns(tmp_path / "not" / "there", "of")
    assert kept.of("steady", 2) is None
    kept.keep(RUN)
    assert kept.of("steady", 2) == RUN
    assert kept.of("steady", 1) is None
    assert KeptRuns(kept.folder, "other").of("steady", 2) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"feed": 3}'])
def test_what_is_no_run_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    kept = KeptRuns(tmp_path, "of")
    kept.keep(RUN)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    with pytest.raises(KeptRunError, match=rf"{path.name} is no run .* take the file away"):
        kept.of("steady", 2)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeptRunError, match=r"file.runs cannot be made: Not a directory; name another folder"):
        KeptRuns(tmp_path / "file" / "runs", "of").keep(RUN)

"""A rule file that changes under a watch: what counts, when, and what is said of it."""

from pathlib import Path

import pytest

from processors.domain.ruleset import RuleSet
from processors.rules import CLASSIC, DEFAULT, RuleError, load
from processors.rules.watch import RuleWatch


def text(above: int, name: str = "mine") -> str:
    return f"""\
name = "{name}"

[[rule]]
name = "burst"
method = "count"
keys = ["failed"]
above = {above}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(text(5))
    return path


def above(news: RuleSet | RuleError | None) -> float:
    assert isinstance(news, RuleSet)
    (rule,) = news.rules
    return rule.above  # type: ignore[attr-defined]


def test_a_file_that_stays_as_it_is_is_no_news(file: Path) -> None:
    watch = RuleWatch(file)
    assert above(watch.rules) == 5
    assert [watch.look(), watch.look(sure=True), watch.look()] == [None] * 3


def test_a_changed_file_counts_when_the_next_look_finds_the_same(file: Path) -> None:
    watch = RuleWatch(file)
    file.write_text(text(6))
    assert watch.look() is None
    assert above(watch.look()) == 6
    assert watch.rules.version == load(file).version
    assert watch.look() is None


def test_who_is_sure_need_not_wait_for_the_next_look(file: Path) -> None:
    watch = RuleWatch(file)
    file.write_text(text(6))
    assert above(watch.look(sure=True)) == 6
    assert watch.look() is None


def test_a_file_that_is_being_written_is_not_taken_for_what_it_is_to_become(file: Path) -> None:
    watch = RuleWatch(file)
    whole = text(6) + text(7).split("\n\n", 1)[1].replace("burst", "other")
    for end in (0, 40, len(text(6)), len(whole)):
        file.write_text(whole[:end])
        assert watch.look() is None
    news = watch.look()
    assert isinstance(news, RuleSet)
    assert [rule.name for rule in news.rules] == ["burst", "other"]


def test_a_file_that_is_gone_for_a_moment_while_another_takes_its_place_is_no_news(file: Path) -> None:
    watch = RuleWatch(file)
    content = file.read_text()
    file.unlink()
    assert watch.look() is None
    file.write_text(content)
    assert [watch.look(), watch.look()] == [None, None]
    draft = file.with_suffix(".new")
    draft.write_text(text(6))
    draft.replace(file)
    assert watch.look() is None
    assert above(watch.look()) == 6


def test_a_file_that_stays_away_is_told_once_and_the_old_rules_stay(file: Path) -> None:
    watch = RuleWatch(file)
    before = watch.rules
    file.unlink()
    told = [watch.look() for _ in range(4)]
    assert [type(news) for news in told] == [type(None), RuleError, type(None), type(None)]
    assert f"{file}: cannot be read" in str(told[1])
    assert watch.trouble == str(told[1])
    assert watch.rules is before


def test_a_file_that_cannot_be_used_is_told_once_for_each_content(file: Path) -> None:
    watch = RuleWatch(file)
    before = watch.rules
    file.write_text(text(6).replace("above", "abov"))
    assert watch.look() is None
    first = watch.look()
    assert isinstance(first, RuleError)
    assert str(first).startswith(f"{file}:7: [[rule]] abov: is not known here")
    assert (watch.trouble, watch.rules) == (str(first), before)
    assert [watch.look() for _ in range(3)] == [None] * 3
    file.write_text("name = ")
    watch.look()
    assert f"{file}:1: not TOML" in str(watch.look())
    assert [watch.look() for _ in range(3)] == [None] * 3
    file.write_bytes(b"\xff\xfe")
    watch.look()
    assert f"{file}:1: is not UTF-8: " in str(watch.look())


def test_a_file_that_is_put_right_again_is_news_though_the_rules_are_the_old_ones(file: Path) -> None:
    watch = RuleWatch(file)
    before = watch.rules
    file.write_text("nonsense")
    watch.look(sure=True)
    assert watch.trouble
    file.write_text(text(5))
    watch.look()
    assert watch.look() == before
    assert not watch.trouble


def test_a_name_of_shipped_rules_stands_for_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert RuleWatch(Path("classic")).path == CLASSIC
    assert RuleWatch().path == DEFAULT


def test_a_file_that_cannot_be_used_from_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        RuleWatch(tmp_path / "none.toml")


def test_lines_may_end_as_they_do_on_windows(file: Path) -> None:
    watch = RuleWatch(file)
    file.write_bytes(text(6).replace("\n", "\r\n").encode())
    assert above(watch.look(sure=True)) == 6
    file.write_bytes(text(6).replace("above", "abov").replace("\n", "\r\n").encode())
    assert ":7: " in str(watch.look(sure=True))

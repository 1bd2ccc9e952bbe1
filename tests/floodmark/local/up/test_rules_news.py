"""What `up` says of a rule file that changes while it runs."""

from pathlib import Path

from floodmark.local.up.rules_news import RulesNews
from processors.rules import load
from processors.rules.watch import RuleWatch
from tests.rule_texts import many, named

FILE = named("mine", many(5, keys=(), name="burst"))


def said_of(file: Path, *contents: str) -> list[str]:
    """What is said while the file comes to hold these contents; each is looked at three times."""
    file.write_text(FILE)
    said: list[str] = []
    news = RulesNews(RuleWatch(file), said.append, every_s=0)
    for content in contents:
        file.write_text(content)
        for _ in range(3):
            news.tick()
    return said


def test_other_rules_are_said_once_with_both_versions(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text(FILE)
    before = load(file).version
    said = said_of(file, FILE.replace("5", "6"))
    assert said == [
        f"The rule file has changed: the workers judge by mine {load(file).version} from now on, "
        f"no longer by mine {before}."
    ]
    assert before != load(file).version


def test_a_file_that_cannot_be_used_is_said_once_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    broken, right = said_of(file, FILE.replace("above", "abov"), FILE)
    assert broken.startswith(
        f"The rule file cannot be used; the workers go on by mine {load(file).version}. {file}:5: "
    )
    assert right == f"The rule file has changed; its rules are those of before, {load(file).version}."


def test_between_two_looks_nothing_is_read(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text(FILE)
    said: list[str] = []
    news = RulesNews(RuleWatch(file), said.append, every_s=3600)
    file.unlink()
    for _ in range(3):
        news.tick()
    assert said == []

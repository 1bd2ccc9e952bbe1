"""Rule files that were made to hurt are one short sentence, soon."""

from pathlib import Path

import pytest

from processors.rules import RuleError, load
from tests.processors.rules.rule_file_kit import FILE, changed, written


def error(folder: Path, text: str) -> str:
    with pytest.raises(RuleError) as caught:
        load(written(folder, text))
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a" + ".a" * 100_000 + " = 1", "rules.toml:1: not TOML that is used here: a name with a hundred dots"),
        (
            "#" * 10 + "x" * 1_000_000 + "\n" + changed('"z_score"', f"'{'x' * 1_000_000}'"),
            "rules.toml:12: [[rule]] method",
        ),
        ("k" * 1_000_000 + " = 1", f"rules.toml:1: {'k' * 500}…: is not known here"),
        (changed("window = 20", "window = " + "[" * 200_000), "not TOML: maximum recursion depth"),
    ],
    ids=["deep name", "long method", "long key", "many brackets"],
)
def test_a_file_that_somebody_has_made_to_hurt_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    told = error(tmp_path, text)
    assert said in told
    assert len(told) < 1_200


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(RuleError, match="/dev/zero: is longer than 4,000,000 bytes"):
        load(Path("/dev/zero"))


def test_a_byte_that_is_no_utf_8_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(FILE.encode() + "# seção\n".encode("latin-1"))
    with pytest.raises(RuleError, match=r"rules\.toml:20: is not UTF-8: invalid continuation byte; save it as UTF-8"):
        load(path)

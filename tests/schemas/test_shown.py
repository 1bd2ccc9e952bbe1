import json

import pytest

from schemas.shown import shown, shown_json

EVIL = [
    "\x1b[2J",
    "\x9b2J",
    "\x07",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200f",
    "\u2028",
    "\ufeff",
    "\x85",
    "\U000e0001",
]


@pytest.mark.parametrize("evil", EVIL)
def test_what_is_not_printed_is_written_out(evil: str) -> None:
    said = shown(f"a{evil}b")
    assert said.isprintable()
    assert said == f"a{repr(evil)[1:-1]}b"


@pytest.mark.parametrize("evil", EVIL)
def test_json_with_such_characters_means_the_same_and_has_none(evil: str) -> None:
    text = json.dumps({"key": f"ä{evil}✓"}, ensure_ascii=False, indent=1)
    said = shown_json(text)
    assert said.replace("\n", "").isprintable()
    assert json.loads(said) == json.loads(text)


def test_letters_of_all_scripts_and_the_layout_of_a_text_stay() -> None:
    assert shown("näh ✓ 不足\n\tשלום") == "näh ✓ 不足\n\tשלום"
    assert shown("a\nb\tc", keep="") == r"a\nb\tc"
    assert shown("a\x9b\u202eb", mark="·") == "a··b"

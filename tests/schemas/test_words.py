import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import MAX_WORD, plain, word_of
from tests.schemas.schema_samples import PROPERTY


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("Shop-A", "shop-a"),
        (" shop a ", "shop a"),
        ("Café", "café"),
        ("CAFE\u0301", "café"),
        ("İstanbul", "istanbul"),
        ("I\u0307STANBUL", "istanbul"),
        ("sho\u200bp", "shop"),
        ("\ufeffshop", "shop"),
        ("sh\u00adop", "shop"),
        ("\u202eshop\u202c", "shop"),
        ("sh\u009bop\x7f", "shop"),
        ("shop\ufe0f", "shop"),
        ("shop\u00a0a\u2003", "shop a"),
        ("K\u212a", "kk"),
        ("不足", "不足"),
        ("\u200b", ""),
    ],
)
def test_what_looks_alike_is_one_word(typed: str, word: str) -> None:
    assert plain(typed) == word


@PROPERTY
@given(st.text(max_size=80))
def test_a_plain_word_is_its_own_plain_form(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@PROPERTY
@given(st.text(max_size=80))
def test_composed_and_decomposed_are_one_word(text: str) -> None:
    assert plain(unicodedata.normalize("NFD", text)) == plain(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("text", ["", " ", "a|b", "a\n", "\t", "\x1fa", "\u200b", "\udcff", "x" * 65, "\u0344" * 33])
def test_what_no_record_may_hold_is_no_word(text: str) -> None:
    assert word_of(text) is None


def test_a_word_has_as_many_characters_as_the_limit_says() -> None:
    assert word_of("X" * MAX_WORD) == "x" * MAX_WORD
    assert word_of("\u0130" * MAX_WORD) == "i" * MAX_WORD

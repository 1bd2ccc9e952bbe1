"""Texts cut to what a target takes."""

from hypothesis import given
from hypothesis import strategies as st

from sinks.notify.channels.plain import cut, size, text_of
from tests.sinks.notify.channels.kit import said


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_text_is_cut_to_what_a_target_takes_and_no_shorter(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert size(kept) <= limit
    assert len(kept.encode("utf-16-le", "surrogatepass")) // 2 == size(kept)
    assert kept == text or (kept.endswith("…") and size(kept) >= limit - 1 and text.startswith(kept[:-1]))


def test_what_does_not_fit_is_counted() -> None:
    whole = text_of(said(count=14), 100_000)
    assert whole.count("Since:") == 10
    assert whole.endswith("and 4 more")
    short = text_of(said(count=14), 700)
    assert size(short) <= 700
    named = short.count("Since:")
    assert 0 < named < 10
    assert short.endswith(f"and {14 - named} more")


def test_who_is_on_it_is_in_the_text_with_their_words() -> None:
    assert text_of(said(acknowledged_by="ana", acknowledged_note="calling"), 1_000).endswith("ana is on it: calling")

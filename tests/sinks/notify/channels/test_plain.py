"""Texts cut to what a target takes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.notify.channels.apprise.payload import disarmed, letter
from sinks.notify.channels.pagerduty.payload import event
from sinks.notify.channels.plain import cut, is_link, known_of, size, text_of
from sinks.notify.channels.slack.payload import message
from sinks.notify.routing.model import Team
from tests.sinks.notify.channels.kit import HOSTILE, hostile, said


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_text_is_cut_to_what_a_target_takes_and_no_shorter(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert size(kept) <= limit
    assert len(kept.encode("utf-16-le", "surrogatepass")) // 2 == size(kept)
    assert kept == text or (kept.endswith("…") and size(kept) >= limit - 1 and text.startswith(kept[:-1]))


def test_what_does_not_fit_is_counted() -> None:
    whole = text_of(said(count=14), 100_000)
    assert whole.count("Since:") == 10
    assert whole.endswith("and 4 more: https://fm.example/")
    short = text_of(said(count=14), 700)
    assert size(short) <= 700
    named = short.count("Since:")
    assert 0 < named < 10
    assert short.endswith(f"and {14 - named} more: https://fm.example/")


@pytest.mark.parametrize(("most", "most_of_title"), [(160, 0), (4_096, 0), (1_024, 250), (10_000, 60), (1, 0)])
@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_letter_keeps_to_what_the_target_takes_and_no_link_is_cut(
    most: int, most_of_title: int, language: str
) -> None:
    team = Team(name="t", language="pt" if language == "pt" else "en")
    for content in (said(count=30, team=team, summary="Denied rose. " * 30), *(hostile(w, team=team) for w in HOSTILE)):
        title, body = letter(content, most, most_of_title, is_mail=False)
        assert size(title) <= min(most, most_of_title or most)
        assert body
        assert most_of_title or size(title) + 2 + size(body) <= max(most, 4)
        named = {incident.url for incident in disarmed(content).incidents} | {content.page}
        links = [word for line in body.split("\n") for word in line.split() if word.startswith("https://fm.example")]
        assert all(link in named for link in links)


@pytest.mark.parametrize("most", [160, 300, 4_096])
@pytest.mark.parametrize("page", ["", "https://fm.example/"])
def test_a_letter_names_its_incident_so_that_its_id_can_be_typed(most: int, page: str) -> None:
    for content in (said(page=page), said("escalation", page=page, summary="Denied rose. " * 40)):
        for is_mail in (False, True):
            title, body = letter(content, most, 0, is_mail=is_mail)
            assert "incident-0" in body
            assert size(title) + 2 + size(body) <= most
    drill = letter(said(page=page, drill=True), most, 0, is_mail=False)
    assert "incident-0" not in drill.body


def test_a_word_of_others_makes_no_link_and_no_type_and_our_own_links_lead_where_they_did() -> None:
    content = said(key="_it_ ~~gone~~ # https://evil.example", runbook="https://wiki.example/a_b?x=1&y=~2#part_3")
    title, body = letter(content, 4_096, 250, is_mail=False)
    assert title == "Critical: ˍitˍ ∼∼gone∼∼ ＃ https:∕∕evil.example"
    assert "https://evil" not in body
    assert body.endswith(
        "Look at it: https://fm.example/incidents/incident-0\nRunbook: https://wiki.example/a%5Fb?x=1&y=%7E2#part%5F3"
    )
    assert letter(content, 4_096, 250, is_mail=True).title == "Critical: _it_ ~~gone~~ # https://evil.example"


def test_a_command_in_a_report_can_be_copied() -> None:
    report = replace(said("report"), words="floodmark report day --time-zone America/Sao_Paulo\n_it_ *all*")
    assert letter(report, 4_096, 250, is_mail=False).body == (
        "floodmark report day --time-zone America/Sao_Paulo\nˍitˍ ∗all∗"
    )


def test_who_is_on_it_is_in_the_text_with_their_words() -> None:
    assert text_of(said(acknowledged_by="ana", acknowledged_note="calling"), 1_000).endswith("ana is on it: calling")


@pytest.mark.parametrize("runbook", ["floodmark runbook silence", "https://wiki.example/a"])
def test_a_runbook_that_is_a_command_is_a_line_where_links_have_a_place_of_their_own(runbook: str) -> None:
    content = said(runbook=runbook)
    lines = known_of(content, content.incidents[0])
    assert (f"Runbook: {runbook}" in lines) == (not runbook.startswith("https"))
    assert runbook in json.dumps(message(content, buttons=False))
    assert runbook in json.dumps(event(content, "k", "", "d"))


@pytest.mark.parametrize(
    "link",
    [
        "https://wiki.example/a?b=c&d=%C3%A9#e",
        "http://127.0.0.1:8080/incidents/i%2F1",
        "https://[2001:db8::1]/x",
        "https://user@wiki.example/~ana/(x)",
    ],
)
def test_what_can_be_followed_is_a_link(link: str) -> None:
    assert is_link(link)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https:///path",
        "https://:443/",
        "https://?x",
        "https://[::1",
        "https://wiki.example:99999/",
        "https://wiki.example:x/",
        "https://wiki.example/a b",
        "https://wiki.example/%zz",
        "https://wiki.example/é",
        'https://wiki.example/"onload',
        "https://wiki.example/<b>",
        "https://wiki.example/a|b",
        "javascript:alert(1)",
        "ftp://wiki.example/",
        "HTTPS://wiki.example/",
        "https://wiki.example/" + "x" * 2_000,
    ],
)
def test_a_service_would_refuse_the_whole_message_for_what_is_no_link(text: str) -> None:
    assert not is_link(text)

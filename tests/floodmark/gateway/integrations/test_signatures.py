"""Who is let in by a signature: the examples that the services publish, and whatever is not exactly that."""

import pytest

from floodmark.gateway.integrations.signatures import pagerduty_refusal, slack_refusal
from tests.floodmark.gateway.integrations.kit import NOW_S, clicked, pagerduty_headers, slack_headers

EXAMPLE_AT_S = 1531420618
EXAMPLE = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def refused(body: bytes, headers: dict[str, str], now_s: float = NOW_S, *secrets: bytes) -> str:
    lower = {name.lower(): value for name, value in headers.items()}
    return slack_refusal(secrets or (SECRET,), lower, body, now_s)


def test_the_example_that_slack_publishes_is_let_in() -> None:
    headers = {"X-Slack-Request-Timestamp": str(EXAMPLE_AT_S), "X-Slack-Signature": SIGNATURE}
    assert refused(EXAMPLE, headers, EXAMPLE_AT_S + 10) == ""
    assert "not of this secret" in refused(EXAMPLE + b"&text=x", headers, EXAMPLE_AT_S)


@pytest.mark.parametrize("ahead_s", [-300, 0, 300])
def test_five_minutes_of_clock_are_let_in_and_no_more(ahead_s: int) -> None:
    body, headers = clicked()
    assert refused(body, headers, NOW_S + ahead_s) == ""
    assert bool(refused(body, headers, NOW_S + ahead_s * 1.01)) is (ahead_s != 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "\u00e9"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "1e9"},
        {"X-Slack-Request-Timestamp": "\u0661"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": str(NOW_S + 1)},
    ],
)
def test_whatever_is_not_exactly_signed_is_refused(changed: dict[str, str]) -> None:
    body, headers = clicked()
    assert refused(body, headers | changed)
    without = {name: value for name, value in headers.items() if name not in changed}
    assert refused(body, without)


def test_while_a_secret_changes_both_are_good() -> None:
    body, _ = clicked()
    assert refused(body, slack_headers(body, secret="new"), NOW_S, SECRET, b"new") == ""
    assert refused(body, slack_headers(body, secret="other"), NOW_S, SECRET, b"new")


def test_one_of_pagerdutys_signatures_has_to_be_right() -> None:
    body = b'{"event":{}}'
    headers = {name.lower(): value for name, value in pagerduty_headers(body).items()}
    known = (b"first-subscription", b"pagerduty-subscription-secret")
    assert pagerduty_refusal(known, headers, body) == ""
    for changed in (
        headers["x-pagerduty-signature"].replace("v1=", "v2="),
        headers["x-pagerduty-signature"].replace("v1=", ""),
        "v1=" + "0" * 64,
        "",
        ",".join(["v1=0"] * 10 + [headers["x-pagerduty-signature"].split(",")[1]]),
    ):
        assert pagerduty_refusal(known, {"x-pagerduty-signature": changed}, body)
    assert pagerduty_refusal(known, headers, body + b" ")
    assert pagerduty_refusal(known[:1], headers, body)

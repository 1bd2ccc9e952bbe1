"""Notifications to an endpoint, which checks them as a receiver should."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from sinks.http.signature import verify
from sinks.notify.channels.contract import Refused
from sinks.notify.channels.kinds import KINDS
from sinks.notify.channels.settings import ChannelMisconfigured
from sinks.notify.notification import Kind
from sinks.protocol import MENDABLE, Busy, Trouble
from tests.sinks.http_kit import Reply, Request
from tests.sinks.notify.channels.kit import HOSTILE, NOW_S, SECRET, hostile, local, opened, said, stub, texts

REQUIRED = {"id", "source", "specversion", "type"}
"""Context attributes that CloudEvents 1.0 requires; each is a text that is not empty."""


def endpoint(request: Request) -> Reply:
    """Takes what CloudEvents 1.0 over HTTP in structured mode permits and was signed just now."""
    event = json.loads(request.body)
    is_signed = verify(SECRET.encode(), request.headers.get("x-floodmark-signature", ""), request.body, NOW_S)
    if not is_signed:
        return Reply(401)
    is_event = (
        request.headers["content-type"].startswith("application/cloudevents+json")
        and all(isinstance(event.get(name), str) and event[name] for name in REQUIRED)
        and event["specversion"] == "1.0"
        and all(name.isascii() and name.isalnum() and name.islower() for name in event)
        and request.headers["idempotency-key"] == event["id"]
    )
    return Reply(204 if is_event else 400)


def webhook(receiver: Any, **settings: Any) -> Any:
    return opened("webhook", **local(receiver, "/hook"), secret_variable="SECRET", **settings)


def test_each_kind_of_message_is_an_event_that_is_signed() -> None:
    with stub(endpoint) as receiver:
        channel = webhook(receiver)
        for number, kind in enumerate(get_args(Kind)):
            assert channel.wants(said(kind))
            assert channel.send(said(kind, number=number), "").answer == "204"
        channel.close()
    events = [json.loads(request.body) for request in receiver.requests]
    assert [(event["type"], event["subject"], event["id"]) for event in events] == [
        (f"floodmark.notification.{kind}", "0123456789abcdef", f"0123456789abcdef:{number}")
        for number, kind in enumerate(get_args(Kind))
    ]


def test_words_stay_values() -> None:
    with stub(endpoint) as receiver:
        channel = webhook(receiver)
        for words in HOSTILE:
            channel.send(hostile(words), "")
        channel.close()
    for request in receiver.requests:
        event = json.loads(request.body)
        assert event["data"]["severity"] == "critical"
        assert all(text.isprintable() for text in texts(event))


def test_a_second_secret_is_for_those_who_change_the_first(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"new\n{SECRET}\n")
    file.chmod(0o600)
    with stub(endpoint) as receiver:
        channel = opened("webhook", **local(receiver), secret_file=str(file))
        assert channel.send(said(), "").answer == "204"
        channel.close()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, Trouble.REFUSED),
        (403, Trouble.REFUSED),
        (404, Trouble.REFUSED),
        (302, Trouble.REFUSED),
        (429, Trouble.THROTTLED),
        (503, Trouble.SERVER_ERROR),
    ],
)
def test_what_is_not_taken_is_kept_for_as_long_as_the_target_asks(status: int, trouble: Trouble) -> None:
    with stub(lambda _request: Reply(status, {"Retry-After": "7"})) as receiver:
        channel = webhook(receiver)
        with pytest.raises(Busy) as caught:
            channel.send(said(), "")
        channel.close()
    assert (caught.value.trouble, caught.value.retry_after_s) == (trouble, 7.0)
    assert (trouble in MENDABLE) == (status < 429)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_refused_as_it_is_is_not_tried_for_ever(status: int) -> None:
    with stub(lambda _request: Reply(status)) as receiver:
        channel = webhook(receiver)
        with pytest.raises(Refused, match=f"the webhook answered {status}"):
            channel.send(said(), "")
        channel.close()


def test_nobody_there_is_no_loss() -> None:
    with stub(endpoint) as receiver:
        pass
    channel = webhook(receiver)
    with pytest.raises(Busy, match="cannot be reached") as caught:
        channel.send(said(), "")
    channel.close()
    assert caught.value.trouble is Trouble.UNREACHABLE


def test_a_private_address_needs_a_word() -> None:
    with stub(endpoint) as receiver:
        channel = webhook(receiver)
        channel.close()
        settings = local(receiver) | {"allow_private": False}
        channel = opened("webhook", **settings)
        with pytest.raises(Busy, match="allow_private = true"):
            channel.send(said(), "")
        channel.close()
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({}, "one of url, url_file and url_variable"),
        ({"url": "https://h.example/", "url_variable": "A"}, "one of url, url_file and url_variable"),
        ({"url": "http://h.example/"}, "allow_http = true"),
        ({"url": "ftp://h.example/"}, "https://"),
        ({"url": "https://user:hunter2@h.example/"}, "neither name nor password"),
        ({"url": "https://h.example/", "secret_file": "a", "secret_variable": "A"}, "both given"),
        ({"url": "https://h.example/", "secret": "hunter2"}, "known are: allow_http"),
    ],
)
def test_what_cannot_be_is_said_without_the_value(settings: dict[str, Any], what: str) -> None:
    wrong = KINDS["webhook"].wrong(settings)
    assert wrong is not None
    assert what in wrong.what
    assert "hunter2" not in wrong.what


@pytest.mark.parametrize("value", ["", "not a url hunter2", "http://h.example/hunter2", "a\nb"])
def test_a_url_that_cannot_be_is_not_shown(value: str) -> None:
    with pytest.raises(ChannelMisconfigured) as caught:
        opened("webhook", {"URL": value}, url_variable="URL")
    assert "hunter2" not in str(caught.value)

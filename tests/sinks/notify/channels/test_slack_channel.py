"""Slack, as a stub that holds to the published rules of Block Kit, chat.postMessage and chat.update."""

import json
from typing import Any

import pytest

from sinks.notify.channels.contract import Channel, Refused
from sinks.notify.channels.settings import ChannelMisconfigured
from sinks.notify.channels.slack import payload
from sinks.notify.channels.slack.payload import ACTIONS, MAX_ALL, escaped
from sinks.protocol import MENDABLE, Busy, Trouble
from tests.sinks.http_kit import Receiver, Reply, Request
from tests.sinks.notify.channels.kit import HOSTILE, SECRET, answered, hostile, local, opened, said, stub

POST = {"channel", "text", "blocks", "parse", "link_names", "unfurl_links", "unfurl_media", "mrkdwn", "thread_ts"}
UPDATE = {"channel", "ts", "text", "blocks", "parse", "link_names"}


def length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_text(found: dict[str, Any], most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
    assert found["type"] in kinds
    assert 1 <= length(found["text"]) <= most
    assert found["type"] == "plain_text" or "emoji" not in found


def check_button(found: dict[str, Any]) -> str:
    assert found["type"] == "button"
    check_text(found["text"], 75, kinds=("plain_text",))
    assert 1 <= len(found["action_id"]) <= 255
    assert length(found.get("value", "")) <= 2000
    assert length(found.get("url", "")) <= 3000
    assert found.get("style") in (None, "primary", "danger")
    return str(found["action_id"])


def check_block(block: dict[str, Any]) -> None:
    match block["type"]:
        case "header":
            check_text(block["text"], 150, kinds=("plain_text",))
        case "section":
            check_text(block["text"], 3000)
            if "accessory" in block:
                check_button(block["accessory"])
        case "context":
            assert 1 <= len(block["elements"]) <= 10
            for element in block["elements"]:
                check_text(element, 3000)
        case "actions":
            assert 1 <= len(block["elements"]) <= 25
            ids = [check_button(element) for element in block["elements"]]
            assert len(set(ids)) == len(ids)
        case other:
            raise AssertionError(f"a block that we do not send: {other}")


class Slack:
    """One workspace with one channel; messages by ts, replies by the ts that they are under."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.replies: list[dict[str, Any]] = []
        self._last = 0

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return self.no("invalid_auth")
        if request.headers["content-type"] != "application/json; charset=utf-8":
            return self.no("invalid_post_type")
        call = json.loads(request.body)
        try:
            self.check(call)
        except (AssertionError, KeyError):
            return self.no("invalid_blocks")
        match request.path:
            case "/api/chat.postMessage" if not call.keys() - POST - {"reply_broadcast"}:
                return self.post(call)
            case "/api/chat.update" if call.keys() == UPDATE:
                return self.update(call)
        return self.no("invalid_arguments")

    def check(self, call: dict[str, Any]) -> None:
        assert 1 <= length(call["text"]) <= 4000
        assert 1 <= len(call["blocks"]) <= 50
        assert length(json.dumps(call["blocks"], ensure_ascii=False)) <= 13_000
        for block in call["blocks"]:
            check_block(block)

    def post(self, call: dict[str, Any]) -> Reply:
        if call["channel"] not in ("#alerts", "C0123456789"):
            return self.no("channel_not_found")
        if "thread_ts" in call:
            self.replies.append(call)
        ts = self.next()
        if "thread_ts" not in call:
            self.messages[ts] = call
        return answered(200, {"ok": True, "channel": "C0123456789", "ts": ts})

    def update(self, call: dict[str, Any]) -> Reply:
        if call["channel"] != "C0123456789":
            return self.no("channel_not_found")
        if call["ts"] not in self.messages:
            return self.no("message_not_found")
        self.messages[call["ts"]] = call
        return answered(200, {"ok": True, "channel": "C0123456789", "ts": call["ts"]})

    def next(self) -> str:
        self._last += 1
        return f"1767787200.{self._last:06}"

    @staticmethod
    def no(error: str) -> Reply:
        return answered(200, {"ok": False, "error": error})


def slack(receiver: Receiver, **settings: Any) -> Channel:
    own: dict[str, Any] = {"token_variable": "SECRET", "channel": "#alerts", "buttons": True}
    return opened("slack", **local(receiver, "/api"), **own | settings)


def header(message: dict[str, Any]) -> str:
    return str(message["blocks"][0]["text"]["text"])


def buttons(message: dict[str, Any]) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [button["action_id"] for row in rows for button in row]


def test_a_notification_is_one_message_that_changes_and_a_thread_under_it() -> None:
    service = Slack()
    with stub(service) as receiver:
        channel = slack(receiver)
        handle = channel.send(said("open", severity="warning"), "").handle
        assert handle == "C0123456789:1767787200.000001"
        for kind in ("rise", "acknowledged", "resolved"):
            fields = {} if kind == "rise" else {"acknowledged_by": "ana", "acknowledged_note": "calling the acquirer"}
            receipt = channel.send(said(kind, **fields), handle)  # type: ignore[arg-type]
            assert (receipt.answer, receipt.handle) == ("200 changed", handle)
        channel.close()
    (message,) = service.messages.values()
    assert header(message).startswith("Over after")
    assert [header(each) for each in service.replies] == [
        "Now critical: denied\n\ndenied: Denied rose.\nSince: 2026-01-07 12:00 UTC\n"
        "Look at it: https://fm.example/incidents/incident-0",
        "ana is on it: denied\ncalling the acquirer",
        "Over after 1 min: denied",
    ]
    assert [each["reply_broadcast"] for each in service.replies] == [True, False, False]


def test_buttons_are_there_while_they_mean_something_and_say_what_they_are_about() -> None:
    service = Slack()
    with stub(service) as receiver:
        channel = slack(receiver)
        handle = channel.send(said(count=3), "").handle
        (message,) = service.messages.values()
        assert buttons(message) == [ACTIONS[0], ACTIONS[2]]
        value = json.loads(message["blocks"][-1]["elements"][0]["value"])
        assert value == {
            "notification": "0123456789abcdef",
            "incidents": ["incident-0", "incident-1", "incident-2"],
        }
        channel.send(said("acknowledged", acknowledged_by="ana"), handle)
        (message,) = service.messages.values()
        assert buttons(message) == list(ACTIONS[1:])
        channel.send(said("resolved"), handle)
        (message,) = service.messages.values()
        assert buttons(message) == [ACTIONS[2]]
        channel.close()
        quiet = slack(receiver, buttons=False)
        quiet.send(said(), "")
        quiet.close()
    assert buttons(list(service.messages.values())[-1]) == []


def test_where_the_message_was_deleted_a_new_one_is_posted() -> None:
    service = Slack()
    with stub(service) as receiver:
        channel = slack(receiver)
        receipt = channel.send(said("repeat"), "C0123456789:1700000000.000001")
        channel.close()
    assert (receipt.answer, receipt.handle) == ("200 posted", "C0123456789:1767787200.000001")
    assert (len(service.messages), service.replies) == (1, [])


def test_where_the_message_cannot_change_any_more_the_thread_tells() -> None:
    service = Slack()
    with stub(service) as receiver:
        channel = slack(receiver)
        receiver.replies = [Slack.no("edit_window_closed")]
        receipt = channel.send(said("resolved"), "C0123456789:1700000000.000001")
        channel.close()
    assert receipt.answer == "200 replied"
    assert len(service.replies) == 1


def test_no_word_mentions_links_formats_or_begins_a_line() -> None:
    service = Slack()
    with stub(service) as receiver:
        channel = slack(receiver)
        for words in HOSTILE:
            handle = channel.send(hostile(words, count=11), "").handle
            channel.send(hostile(words, "rise", count=11), handle)
            channel.send(hostile(words, "acknowledged"), handle)
            channel.send(hostile(words, "unsilenced"), "")
        channel.close()
    sent = [*service.messages.values(), *service.replies]
    assert len(sent) == 4 * len(HOSTILE)
    for message in sent:
        shown = [block["text"] for block in message["blocks"] if "text" in block]
        shown += [each for block in message["blocks"] if block["type"] == "context" for each in block["elements"]]
        assert {text["type"] for text in shown} == {"plain_text"}
        for text in [message["text"], *(each["text"] for each in shown)]:
            assert "<" not in text
            assert ">" not in text
            assert text.replace("\n", "").isprintable()
        assert (message["parse"], message["link_names"]) == ("none", False)


def test_no_entity_is_cut_in_two() -> None:
    assert escaped("<&>", 20) == "&lt;&amp;&gt;"
    assert [escaped("a<b>c", limit) for limit in (1, 2, 5, 6, 7, 9, 11)] == [
        "…",
        "a…",
        "a…",
        "a&lt;…",
        "a&lt;b…",
        "a&lt;b…",
        "a&lt;b&gt;c",
    ]


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ("ratelimited", Trouble.THROTTLED),
        ("internal_error", Trouble.SERVER_ERROR),
        ("invalid_auth", Trouble.REFUSED),
        ("not_in_channel", Trouble.REFUSED),
        ("something_new", Trouble.REFUSED),
    ],
)
def test_what_passes_is_tried_again_and_what_does_not_is_for_somebody_to_mend(error: str, trouble: Trouble) -> None:
    with stub(lambda _request: Slack.no(error)) as receiver:
        channel = slack(receiver)
        with pytest.raises(Busy, match=f"Slack answered {error}") as caught:
            channel.send(said(), "")
        channel.close()
    assert caught.value.trouble is trouble
    assert (trouble in MENDABLE) == (trouble is Trouble.REFUSED)


def test_a_message_that_slack_does_not_take_is_not_tried_for_ever() -> None:
    with stub(lambda _request: Slack.no("msg_too_long")) as receiver:
        channel = slack(receiver)
        with pytest.raises(Refused, match="msg_too_long"):
            channel.send(said(), "")
        channel.close()


def test_slack_says_when_it_is_asked_too_often() -> None:
    with stub(lambda _request: answered(429, {"ok": False, "error": "ratelimited"}, Retry_After="30")) as receiver:
        channel = slack(receiver)
        with pytest.raises(Busy) as caught:
            channel.send(said(), "")
        channel.close()
    assert (caught.value.trouble, caught.value.retry_after_s) == (Trouble.THROTTLED, 30.0)


def test_an_answer_of_something_else_is_no_receipt() -> None:
    with stub(lambda _request: Reply(200, body=b"<html>hunter2 sign in</html>")) as receiver:
        channel = slack(receiver)
        with pytest.raises(Busy, match="did not answer as Slack does") as caught:
            channel.send(said(), "")
        channel.close()
    assert "hunter2" not in str(caught.value)


def test_a_token_of_another_kind_is_refused_and_not_shown() -> None:
    with pytest.raises(ChannelMisconfigured, match="bot token") as caught:
        opened("slack", {"T": "xoxp-hunter2"}, token_variable="T", channel="#alerts")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("words", ["Denied rose. " * 90, *HOSTILE])
def test_ten_incidents_with_all_that_can_be_said_of_them_are_no_longer_than_slack_takes(words: str) -> None:
    for content in (
        hostile(words[:300], count=12),
        said(
            count=12,
            summary=words,
            recommendation=words,
            incident_id="f" * 120,
            runbook="https://w.example/" + "r" * 380,
        ),
    ):
        blocks = payload.message(content, buttons=True)["blocks"]
        assert length(json.dumps(blocks, ensure_ascii=False).encode("utf-8", "replace").decode()) <= MAX_ALL
        assert len([block for block in blocks if block["type"] == "section"]) == 10

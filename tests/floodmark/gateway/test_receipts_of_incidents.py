"""Who was told of an incident, by which channel, and how long that took."""

from pydantic import TypeAdapter

from floodmark.gateway.answers.incidents import IncidentAnswer
from floodmark.gateway.app import build
from floodmark.gateway.state.receipts import Receipts
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import M0, Topics, alert, gateway, parts_of, receipt, view_of


def test_an_incident_says_who_was_told_when_by_which_channel_and_how_long_the_page_took() -> None:
    app = gateway(
        receipt("i0", "i1", after_s=9, channel="pager", number=2),
        receipt("i0", "i1", after_s=5),
        receipt("i1", after_s=3, channel="mail", number=3, what="refused", detail="550"),
        receipt("i1", after_s=400, number=4, kind="resolved"),
        receipt("i1", after_s=1, notification="d", drill=True),
        receipt("i2", after_s=2),
        alert(since=M0),
        alert("i0", since=M0 - 1),
        alert("i3"),
    )
    found = TypeAdapter(IncidentAnswer).validate_json(get(app, "/v1/incidents/i1").text)
    assert [(r.channel, r.kind, r.outcome, r.answer, r.seconds_to_page, r.seconds_owed) for r in found.receipts] == [
        ("mail", "open", "refused", "550", None, 2.0),
        ("chat", "open", "delivered", "ok", 5.0, 2.0),
        ("pager", "open", "delivered", "ok", 9.0, 2.0),
        ("chat", "resolved", "delivered", "ok", None, 2.0),
    ]
    assert found.seconds_to_page == 5.0
    # Of another incident of the same message the clock began a minute before.
    assert get(app, "/v1/incidents/i0").json()["seconds_to_page"] == 65.0
    nobody = get(app, "/v1/incidents/i3").json()
    assert (nobody["receipts"], nobody["seconds_to_page"]) == ([], None)


def test_a_receipt_that_is_read_twice_counts_once_and_is_one_event() -> None:
    parts = parts_of(alert(), receipt(), receipt())
    assert len(get(build(parts), "/v1/incidents/i1").json()["receipts"]) == 1
    assert [event.kind for event in parts.view.log.after(0, 10)] == ["alert", "incident", "receipt"]


def test_what_is_no_receipt_is_passed_over() -> None:
    topics = Topics()
    topics.add(b"{}", topic="receipts")
    view = view_of(topics)
    assert (view.refused, view.receipts.of("i1")) == (1, [])


def test_receipts_are_forgotten_from_the_second_on_and_of_the_incidents_that_were_told_of_first() -> None:
    known = Receipts(max_incidents=2, max_receipts=3)
    for number in range(5):
        known.take(receipt("i1", after_s=number, number=number))
    assert [each.number for each in known.of("i1")] == [0, 3, 4]
    known.take(receipt("i2", "i3"))
    assert [bool(known.of(name)) for name in ("i1", "i2", "i3")] == [False, True, True]

from sinks.live.feed import MAX_KEPT, LivePicture
from tests.floodmark.local.up.alert_kit import NOON_MS, alert, seen


def test_nothing_is_known_at_first() -> None:
    picture = LivePicture().picture()
    assert (picture.minute, picture.statuses, picture.incidents) == (None, (), ())


def test_the_latest_minute_that_is_whole_is_shown_whatever_the_order() -> None:
    board = LivePicture()
    for key, minute in (("failed", 2), ("approved", 1), ("failed", 1), ("approved", 0), ("failed", 0)):
        board.minute(seen(key, minute, count=minute))
    picture = board.picture()
    assert picture.minute == NOON_MS + 60_000
    assert [(s.key, s.count) for s in picture.statuses] == [("approved", 1), ("failed", 1)]


def test_a_status_that_is_no_more_is_forgotten_after_a_while() -> None:
    board = LivePicture()
    board.minute(seen("failed", 0))
    board.minute(seen("approved", 0))
    for minute in range(1, MAX_KEPT):
        board.minute(seen("approved", minute))
    assert len(board.picture().statuses) == 2
    board.minute(seen("approved", MAX_KEPT))
    board.minute(seen("failed", 0))
    assert board.picture().minute == NOON_MS + MAX_KEPT * 60_000
    assert [s.key for s in board.picture().statuses] == ["approved"]


def test_a_minute_that_was_revised_replaces_itself() -> None:
    board = LivePicture()
    board.minute(seen("failed", 1, count=1))
    board.minute(seen("failed", 1, count=2))
    assert board.picture().statuses[0].count == 2


def test_authorization_codes_are_not_in_the_picture() -> None:
    board = LivePicture()
    board.minute(seen("51", dimension="auth_code"))
    assert board.picture().minute is None


def test_an_incident_is_open_from_firing_to_resolved_and_is_news_twice() -> None:
    board = LivePicture()
    board.alert(alert("a", 0, revision=1), new=True)
    board.alert(alert("a", 1, state="updated", revision=2), new=True)
    assert [a.revision for a in board.picture().incidents] == [2]
    board.alert(alert("a", 2, state="resolved", revision=3), new=True)
    assert board.picture().incidents == ()
    assert [a.state for a in board.news()] == ["firing", "resolved"]
    assert board.news() == []


def test_an_open_incident_that_gets_worse_is_news_once() -> None:
    board = LivePicture()
    course = (
        ("firing", "info"), ("updated", "info"), ("updated", "warning"), ("updated", "warning"),
        ("updated", "critical"), ("updated", "critical"), ("resolved", "critical"),
    )  # fmt: skip
    for revision, (state, severity) in enumerate(course, start=1):
        board.alert(alert("a", revision, state=state, severity=severity, revision=revision), new=True)
    assert [(a.state, a.severity) for a in board.news()] == [
        ("firing", "info"), ("updated", "warning"), ("updated", "critical"), ("resolved", "critical"),
    ]  # fmt: skip


def test_an_incident_that_was_open_before_we_listened_is_news_when_it_gets_worse() -> None:
    board = LivePicture()
    board.alert(alert("a", severity="warning"), new=False)
    board.alert(alert("a", 1, state="updated", severity="critical", revision=2), new=True)
    assert [a.severity for a in board.news()] == ["critical"]


def test_what_was_said_before_we_listened_is_no_news_but_open() -> None:
    board = LivePicture()
    board.alert(alert("a"), new=False)
    assert board.news() == []
    assert len(board.picture().incidents) == 1


def test_a_repeat_or_an_older_revision_changes_nothing() -> None:
    board = LivePicture()
    board.alert(alert("a", revision=2, state="resolved"), new=True)
    board.alert(alert("a", revision=1), new=True)
    board.alert(alert("a", revision=2, state="resolved"), new=True)
    assert board.picture().incidents == ()
    assert len(board.news()) == 1


def test_open_incidents_are_ordered_by_their_start() -> None:
    board = LivePicture()
    for name, minute in (("b", 5), ("a", 1), ("c", 3)):
        board.alert(alert(name, minute), new=True)
    assert [a.incident_id for a in board.picture().incidents] == ["a", "c", "b"]


def test_that_somebody_is_on_an_incident_is_news_and_it_stays_open() -> None:
    board = LivePicture()
    board.alert(alert("a", 1), new=True)
    board.alert(alert("a", 1, state="acknowledged", revision=2), new=True)
    assert [a.state for a in board.news()] == ["firing", "acknowledged"]
    assert [a.state for a in board.picture().incidents] == ["acknowledged"]


def test_a_hidden_incident_is_news_when_nothing_hides_it_any_more() -> None:
    board = LivePicture()
    board.alert(alert("a", 1, inhibited_by="b"), new=True)
    assert board.news() == []
    board.alert(alert("a", 1, state="updated", revision=2), new=True)
    assert [a.incident_id for a in board.news()] == ["a"]

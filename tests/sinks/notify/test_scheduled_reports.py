"""Reports that a team is sent by schedule: once, at their hour, whatever happens to notifiers, stores and clocks."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from sinks.notify.channels.contract import Receipt
from sinks.notify.channels.plain import text_of
from sinks.notify.content import Content
from sinks.notify.desk import Desk
from sinks.notify.dispatcher import AT_ONCE, STUCK_S, Dispatcher
from sinks.notify.message import content
from sinks.notify.notification import Due, Notification, Scheduled, decoded, encoded
from sinks.notify.receipts import receipt
from sinks.notify.reports import REPORT_AGE_MS, is_past, report
from sinks.notify.routing.file import RoutingError, parsed
from sinks.notify.routing.model import Team
from sinks.notify.run import Outfit, backoff
from sinks.notify.silences import Silences
from sinks.protocol import Busy, Trouble
from tests.sinks.notify.desk_kit import T0, H, M, World
from tests.sinks.notify.routing.kit import routed
from tests.sinks.notify.test_dispatcher import Clock, Target, fine, outcomes, owed
from tests.sinks.notify.test_outfit import Made, changed

ROUTES = """
    [[team]]
    name = "t"

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "pager"
    kind = "pagerduty"
    routing_key_variable = "KEY"

    [[route]]
    name = "all"
    team = "t"
    channels = ["chat"]

    [[report]]
    kind = "day"
    at = "daily 14:00"
    team = "t"
    channels = ["chat"]
"""
"""The world begins at noon of a Wednesday."""


class Reporting(World):
    """A desk that is asked for reports as the notifier asks."""

    def look(self, until: int, step: int = 10 * M) -> list[tuple[int, str, str, str]]:
        """What is told until then, counted from the beginning."""
        before = len(self.told)
        while self.now < T0 + until:
            self.now = min(self.now + step, T0 + until)
            self.desk.look(self.now)
            report(self.desk, Silences(), self.now)
            self.desk.look(self.now)
            self.told += list(self.deliver())
        return self.told[before:]


def past_yesterday(text: str = ROUTES) -> Reporting:
    """One whose report of the day before has been sent."""
    world = Reporting(text)
    world.look(10 * M)
    return world


def scheduled(at_ms: int = T0) -> Notification:
    made = Notification("0123456789abcdef", "", "t", (), T0, scheduled=Scheduled("day", at_ms), channels={"chat": "t"})
    made.due["chat"] = Due("chat", "t", "report", T0, 1)
    return made


def test_a_report_is_sent_at_its_hour_each_day_and_once() -> None:
    world = past_yesterday()
    assert world.look(50 * H) == [(at * 3600, "chat", "t", "report") for at in (2, 26, 50)]


def test_a_notifier_that_starts_after_the_hour_sends_it_late_and_one_that_is_a_day_late_does_not() -> None:
    # The last one was due at 14:00 of the day before, 22 hours ago.
    assert Reporting(ROUTES).look(M) == [(60, "chat", "t", "report")]
    weekly = ROUTES.replace('"day"', '"week"').replace("daily 14:00", "{}")
    assert Reporting(weekly.format("tue 13:00")).look(M) == [(60, "chat", "t", "report")]
    assert Reporting(weekly.format("tue 11:00")).look(2 * M) == []


def test_two_notifiers_and_a_restart_send_one() -> None:
    world = past_yesterday()
    world.now = T0 + 2 * H
    assert len(report(world.desk, Silences(), world.now)) == 1
    world.crash()
    other = Desk(world.routing, map(decoded, map(encoded, world.desk.notifications.values())))
    assert report(other, Silences(), world.now + M) == set()
    assert world.look(26 * H - M) == [(2 * 3600 + 600, "chat", "t", "report")]


def test_a_clock_that_was_ahead_has_sent_it_already() -> None:
    world = past_yesterday()
    world.look(2 * H)
    world.now = T0 + 10 * M
    assert world.look(26 * H - M) == []


def test_a_restart_after_it_was_sent_sends_it_no_second_time_as_long_as_it_would_be_sent_late() -> None:
    world = past_yesterday()
    world.look(2 * H)
    for at in range(3, 26):
        world.crash()
        assert world.look(at * H) == []


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        # In New York clocks go forward on 8 March 2026, and back on 1 November.
        (datetime(2026, 3, 7, tzinfo=UTC), [13, 12, 12]),
        (datetime(2026, 10, 31, tzinfo=UTC), [12, 13, 13]),
    ],
)
def test_the_hour_is_that_of_the_teams_clock_whatever_the_clocks_do(day: datetime, hours: list[int]) -> None:
    text = ROUTES.replace('name = "t"', 'name = "t"\n    time_zone = "America/New_York"', 1).replace("14:00", "08:00")
    desk = Desk(routed(text).routing)
    found: list[datetime] = []
    begin = int(day.timestamp() * 1000)
    for now in range(begin, begin + 72 * H, 30 * M):
        desk.look(now)
        for name in report(desk, Silences(), now):
            due = desk.notifications[name].scheduled
            assert due is not None
            found.append(datetime.fromtimestamp(due.at_ms / 1000, UTC))
    assert [at.hour for at in found[1:]] == hours


def test_it_is_for_people_who_read_their_language_whatever_that_becomes() -> None:
    """What is owed was asked for in it: a change of the file is for the next one."""
    desk = Desk(routed(ROUTES.replace('name = "t"', 'name = "t"\n    language = "pt"', 1)).routing)
    made = [desk.notifications[name].scheduled for name in report(desk, Silences(), T0 + 4 * H)]
    assert [each.language for each in made if each is not None] == ["pt"] * len(made)
    assert made


def test_quiet_hours_hold_it_and_their_end_sends_the_last_one() -> None:
    world = Reporting(ROUTES.replace('name = "t"', 'name = "t"\n    quiet = ["12:00-15:30"]', 1))
    assert world.look(5 * H) == [(3 * 3600 + 1800, "chat", "t", "report")]


def test_what_two_tables_ask_for_at_one_instant_is_one_report() -> None:
    table = ROUTES[ROUTES.index("    [[report]]") :]
    other = '    [[channel]]\n    name = "mail"\n    kind = "console"\n'
    world = past_yesterday(ROUTES + other + table.replace("daily", "wed").replace('"chat"', '"chat", "mail"'))
    assert world.look(3 * H) == [(2 * 3600, "chat", "t", "report"), (2 * 3600, "mail", "t", "report")]
    assert sum(one.scheduled is not None for one in world.desk.notifications.values()) == 2


def test_the_title_says_for_when_it_is_and_that_it_is_late() -> None:
    team = Team(name="t", time_zone="America/Sao_Paulo")
    made = scheduled()
    assert content(made, made.due["chat"], team, T0).title == "Report for 2026-01-07 09:00 -03: the last whole day"
    late = content(made, made.due["chat"], team, T0 + 3 * H)
    assert late.title == "Report for 2026-01-07 09:00 -03: the last whole day (sent late)"
    assert receipt(made, made.due["chat"], "delivered", T0 + 3 * H, 0.0, "").event_ms == T0


def test_it_is_given_up_after_a_day() -> None:
    made = scheduled()
    assert not is_past(made, T0 + REPORT_AGE_MS)
    assert is_past(made, T0 + REPORT_AGE_MS + 1)
    assert not is_past(owed("n", "chat"), T0 + 9 * REPORT_AGE_MS)


def test_what_is_given_up_is_owed_no_more_and_calls_nobody_else() -> None:
    world = Reporting(
        ROUTES.replace(
            'channels = ["chat"]', 'channels = ["chat"]\n    escalate = [{ after = "1h", channels = ["pager"] }]', 1
        )
    )
    (name,) = report(world.desk, Silences(), world.now)
    world.desk.look(world.now)
    (due,) = world.desk.notifications[name].due.values()
    assert world.desk.undelivered(name, due.number, "chat", world.now + 25 * H, refused=True)
    assert world.look(H) == []
    assert world.desk.notifications[name].due == {}


def test_one_that_was_stored_before_there_were_reports_can_be_read() -> None:
    before = encoded(owed("n", "chat")).replace(b',"scheduled":null', b"")
    assert b"scheduled" not in before
    assert decoded(before).scheduled is None


# --- the text, and a store that does not answer ---------------------------------------------------------------------


def dispatching(text: object, clock: Clock, target: Target) -> Dispatcher:
    return Dispatcher(
        {"chat": target},
        lambda one, due, now_ms: content(one, due, Team(name="t"), now_ms),
        text,  # type: ignore[arg-type]
        backoff=backoff(),
        clock=clock,
    )


def test_the_text_is_what_is_made_of_the_hour() -> None:
    seen: list[str] = []

    def take(message: Content, _handle: str) -> Receipt:
        seen.append(text_of(message, 40))
        return Receipt("202")

    dispatcher = dispatching(lambda each: f"{each.kind} {each.at_ms}\n{'x' * 100}", Clock(), Target(take))
    dispatcher.send([scheduled()], T0)
    (outcome,) = outcomes(dispatcher, 1)
    dispatcher.close()
    assert outcome.receipt is not None
    assert seen[0].startswith(f"day {T0}\n")
    assert seen[0].endswith("x…")
    assert len(seen[0]) == 40


def test_a_slow_store_holds_up_no_page_of_the_channel() -> None:
    gate, clock = threading.Event(), Clock()

    def slow(_scheduled: Scheduled) -> str:
        gate.wait(240)
        return "text"

    reports = [scheduled() for _ in range(2 * AT_ONCE)]
    for number, each in enumerate(reports):
        each.id = f"r{number}"
    dispatcher = dispatching(slow, clock, Target(fine))
    dispatcher.send(reports, T0)
    clock.now += 2 * STUCK_S
    dispatcher.send([*reports, *(owed(f"n{number}", "chat") for number in range(AT_ONCE))], T0)
    assert {outcome.notification for outcome in outcomes(dispatcher, AT_ONCE)} == {"n0", "n1", "n2", "n3"}
    assert dispatcher.failing == {}
    gate.set()
    assert len(outcomes(dispatcher, 2 * AT_ONCE)) == 2 * AT_ONCE
    dispatcher.close()


@pytest.mark.parametrize("error", [Busy(Trouble.UNREACHABLE, "no store answers"), KeyError("a fault of ours")])
def test_a_store_that_is_away_is_asked_again_and_is_no_trouble_of_the_channel(error: Exception) -> None:
    clock, is_back = Clock(), threading.Event()

    def away(_scheduled: Scheduled) -> str:
        if is_back.is_set():
            return "text"
        raise error

    chat = Target(fine)
    dispatcher = dispatching(away, clock, chat)
    dispatcher.send([scheduled()], T0)
    (outcome,) = outcomes(dispatcher, 1)
    assert (outcome.is_made, outcome.receipt, outcome.refused) == (False, None, False)
    assert dispatcher.failing == {}
    dispatcher.send([scheduled(), owed("n", "chat")], T0)
    assert [each.notification for each in outcomes(dispatcher, 1)] == ["n"]
    is_back.set()
    clock.now += 60
    dispatcher.send([scheduled()], T0)
    assert [each.receipt for each in outcomes(dispatcher, 1)] == [Receipt("202", "thread-1")]
    assert [name for name, _ in chat.seen] == ["n", scheduled().id]
    dispatcher.close()


# --- the routing file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('kind = "day"', 'kind = "year"', "[[report]] kind: must be 'shift', 'day' or 'week'; it is 'year'"),
        ("daily 14:00", "14:00", "[[report]] at: must be a time of the day with its days before it"),
        ('team = "t"\n    channels = ["chat"]\n', 'team = "x"\n    channels = ["chat"]\n', "[[report]] team: names"),
        ('["chat"]\n', '["post"]\n', "[[report]] channels: names the channel 'post'"),
        ('["chat"]\n', "[]\n", "[[report]] channels: "),
        ('["chat"]\n', '["pager"]\n', "[[report]] channels: names only channels that call people"),
        ('kind = "day"', 'kind = "week"', "[[report]] at: would send the same week on each of these days"),
        ('kind = "day"', 'kind = "day"\n    color = "red"', "[[report]] color: is not known here; known are: at"),
    ],
)
def test_a_table_that_cannot_be_is_named_with_its_line(old: str, new: str, error: str) -> None:
    head, table = ROUTES.split("    [[report]]")
    with pytest.raises(RoutingError) as caught:
        routed(head + "    [[report]]" + table.replace(old, new))
    assert error in str(caught.value)


def test_a_file_with_reports_is_refused_where_there_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "routes.toml"
    path.write_text(dedent(ROUTES))
    why = "there is no store"
    with pytest.raises(RoutingError, match=r"routes\.toml: \[\[report\]\]: there is no store"):
        Outfit(path, Made, no_reports=why)
    assert len(Outfit(path, Made).routing.report) == 1
    without = ROUTES.split("    [[report]]")[0]
    path.write_text(dedent(without))
    outfit = Outfit(path, Made, no_reports=why)
    assert changed(outfit, ROUTES) is None
    assert parsed(path, dedent(without).encode()).routing.report == ()

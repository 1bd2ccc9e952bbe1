"""What people are told of silences."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.alert import Alert
from schemas.language import Language
from schemas.topics import STATE_BYTES
from sinks.notify.content import Content
from sinks.notify.message import content
from sinks.notify.notification import Due, Notification
from sinks.notify.notification import encoded as stored
from sinks.notify.reports import account, report
from sinks.notify.routing.file import RoutingError
from sinks.notify.routing.matching import Match
from sinks.notify.silence_words import match_words
from sinks.notify.silences import Silence, Silences, decoded, encoded
from sinks.notify.words import Speaker
from tests.sinks.notify.desk_kit import T0, H, M, World
from tests.sinks.notify.routing.kit import routed

ROUTES = """
    [[team]]
    name = "t"
    silences = { digest = "daily 14:00", channels = ["list"] }

    [[team]]
    name = "night"
    language = "pt"
    time_zone = "America/Sao_Paulo"
    quiet = ["06:00-10:30"]

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "list"
    kind = "console"

    [[channel]]
    name = "pager"
    kind = "pagerduty"
    routing_key_variable = "KEY"

    [[route]]
    name = "shops"
    match = { scope = "shop-*" }
    team = "t"
    channels = ["chat", "pager"]
    wait = "0s"
    go_on = true

    [[route]]
    name = "all"
    team = "night"
    channels = ["list"]
    wait = "0s"
"""


class Silenced(World):
    """A desk and its silences, as the notifier asks them."""

    def __init__(self, *silences: Silence, text: str = ROUTES) -> None:
        self.silences = Silences(silences)
        super().__init__(text, hush=self.silences.hushed_by)

    def say(self, name: str = "i", **fields: Any) -> Alert:
        alert = super().say(name, **fields)
        self.silences.hear(alert)
        return alert

    def look(self, until: int) -> list[tuple[int, str, str, str]]:
        """What is told until then, a look a minute."""
        before = len(self.told)
        while self.now < T0 + until:
            self.now += M
            self.silences.look(self.now)
            self.desk.look(self.now)
            report(self.desk, self.silences, self.now)
            self.desk.look(self.now)
            self.told += list(self.deliver())
        return self.told[before:]


def silence(**fields: Any) -> Silence:
    usual = {"author": "ana", "reason": "a release", "match": {"scope": ["shop-*"]}, "begins_ms": T0, "ends_ms": T0 + H}
    return Silence(**({"id": "s"} | usual | fields))


def texts(world: Silenced, kind: str) -> dict[str, Content]:
    """What the reports of that kind say, by team."""
    teams, found = world.routing.teams, {}
    for notification in world.desk.notifications.values():
        if notification.report and (notification.report[0].ended_why != "") == (kind == "unsilenced"):
            found[notification.team] = content(
                notification, due(notification, kind), teams[notification.team], world.now
            )
    return found


def due(notification: Notification, kind: Any) -> Any:

    return Due("chat", notification.team, kind, 0, 1)


def test_the_end_of_a_silence_tells_each_team_once_what_it_hid_in_its_language_and_not_in_its_quiet_hours() -> None:
    world = Silenced(silence())
    world.say("a", scope="shop-1", severity="warning", loss=40)
    world.say("b", scope="shop-2", severity="critical", loss=2_000)
    assert world.look(H - M) == []
    world.say("a", scope="shop-1", severity="warning", loss=40, state="resolved")
    told = world.look(2 * H)
    assert told[:4] == [
        (3600, "chat", "t", "open"),
        (3600, "pager", "t", "open"),
        (3600, "list", "night", "open"),
        (3600, "chat", "t", "unsilenced"),
    ]
    assert told[4:] == [(3600, "pager", "t", "unsilenced"), (5400, "list", "night", "unsilenced")]
    assert world.look(4 * H) == []
    said = texts(world, "unsilenced")
    assert said["t"].title == "A silence has ended; incidents that it hid: 2, still open: 1"
    assert tuple(said["t"].words.split("\n")) == (
        "It hid scope shop-*, from 2026-01-07 12:00 UTC to 2026-01-07 13:00 UTC, by ana: a release",
        "It ended because its time was over.",
        "incidents hidden: 2, still open: 1, lost: 2,040 transactions",
        "What is still open is told from now on.",
    )
    assert [(each.id, each.title, each.is_over) for each in said["t"].incidents] == [
        ("b", "denied of shop-2", False),
        ("a", "denied of shop-1", True),
    ]
    assert said["t"].severity == "critical"
    assert said["night"].title == "Um silêncio terminou; incidentes que ocultou: 2, ainda abertos: 1"
    assert "de 2026-01-07 09:00 -03 a 2026-01-07 10:00 -03, por ana: a release" in said["night"].words


def test_one_that_is_broken_or_ended_says_by_what_and_one_that_hid_nothing_says_nothing() -> None:
    world = Silenced(silence(accepts="warning"), silence(id="idle", match={"scope": ["none"]}))
    world.say("a", scope="shop-1", severity="warning")
    world.look(M)
    world.say("b", scope="shop-1", severity="critical")
    assert [each[3] for each in world.look(3 * M) if each[1] == "chat"] == ["open", "unsilenced"]
    assert texts(world, "unsilenced")["t"].words.split("\n")[1] == "It broke: something got worse than it accepted (b)."
    world.look(3 * H)
    assert len([n for n in world.desk.notifications.values() if n.report]) == 2
    assert all(one.is_reported for one in world.silences.silences.values())


def test_a_crash_before_or_after_the_end_tells_it_once() -> None:
    world = Silenced(silence())
    world.say("a", scope="shop-1")
    world.look(30 * M)
    for until in (31 * M, H, H + 5 * M):
        world.look(until)
        world.crash()
        stored = [decoded(encoded(one)) for one in world.silences.silences.values()]
        world.silences = Silences(stored)
        world.desk._hush = world.silences.hushed_by
    world.look(3 * H)
    assert [each for each in world.told if each[3] == "unsilenced" and each[1] == "chat"] == [
        (3600, "chat", "t", "unsilenced")
    ]


def test_once_a_day_those_who_want_it_get_the_silences_that_are_on() -> None:
    world = Silenced(silence(ends_ms=T0 + 30 * H), silence(id="later", begins_ms=T0 + 3 * H, ends_ms=T0 + 27 * H))
    lists = [each for each in world.look(50 * H) if each[3] == "silenced"]
    assert lists == [(2 * 3600, "list", "t", "silenced"), (26 * 3600, "list", "t", "silenced")]
    last = max(
        (n for n in world.desk.notifications.values() if n.report and not n.report[0].ended_why),
        key=lambda n: n.began_ms,
    )
    said = content(last, due(last, "silenced"), world.routing.teams["t"], world.now)
    assert said.title == "Silences that are on: 2"
    assert said.words.split("\n")[1] == (
        "scope shop-*, until 2026-01-08 18:00 UTC, by ana: a release "
        "(incidents hidden: 0, still open: 0, lost: 0 transactions)"
    )


def test_a_list_that_was_missed_is_sent_later_and_not_much_later() -> None:
    for hours, expected in ((13, 1), (15, 0)):
        world = Silenced(silence(ends_ms=T0 + 6 * 24 * H))
        world.now = T0 + hours * H
        assert len(world.look((hours + 1) * H)) == expected


def test_what_is_over_by_the_time_of_the_list_is_not_in_it() -> None:
    world = Silenced(silence(ends_ms=T0 + H))
    assert world.look(5 * H) == []


def test_what_a_silence_was_before_this_release_has_no_report() -> None:
    world = Silenced(replace(silence(), ended_ms=T0 - H, ended_why="time"))
    assert world.look(2 * H) == []
    assert account(silence(), "en").ended_why == ""


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('channels = ["list"] }', 'channels = ["none"] }', "silences: names the channel 'none', which is not"),
        ('channels = ["list"] }', 'channels = ["pager"] }', "silences: names only channels that call people"),
        ('["chat", "pager"]', '["pager"]\n    digest = "daily 09:00"', "digest: needs a channel to be read in"),
        ('wait = "0s"\n    go_on', "flapping = { after = 1 }\n    go_on", "flapping.*2 at least, or 0 for never"),
        ('wait = "0s"\n    go_on', 'digest = "09:00"\n    go_on', "digest: must be a time of the day"),
    ],
)
def test_what_cannot_be_set_is_named(old: str, new: str, error: str) -> None:
    with pytest.raises(RoutingError, match=error):
        routed(ROUTES.replace(old, new, 1))


def test_a_list_of_the_longest_silences_has_a_place_on_its_topic() -> None:
    match = {name: ["\x01" * 1_600] for name in ("scope", "dimension", "key", "rule")}
    longest = [
        silence(id=f"{number:064d}", match=match, author="\x01a" * 50, reason="\x01r" * 1_000, ends_ms=T0 + 3 * H)
        for number in range(150)
    ]
    assert {each.problem() for each in longest} == {""}
    world = Silenced(*longest)
    world.look(3 * H - M)
    sizes = [len(stored(each)) for each in world.desk.notifications.values() if each.report]
    assert sizes
    assert max(sizes) < STATE_BYTES


@pytest.mark.parametrize("language", ["en", "pt"])
def test_whatever_a_silence_may_match_there_are_words_for(language: Language) -> None:
    match = {name: ["a", "b"] if name in ("scope", "hours") else 7 for name in Match.model_fields}
    said = match_words(match, Speaker(language))
    assert said.count(", ") == len(Match.model_fields) - 1
    assert ("a or b" if language == "en" else "a ou b") in said


def test_what_a_silence_hides_is_said_in_the_language_of_each_team_that_is_told() -> None:
    hides = silence(match={"scope": ["a", "b-*"], "severity": "warning", "loss": 100})
    assert account(hides, "pt").what == "escopo a ou b-*, severidade warning, perda 100"
    assert account(hides, "en").what == "scope a or b-*, severity warning, loss 100"

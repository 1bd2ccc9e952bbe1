"""Whatever happens: what goes on is told, and whoever was told of it hears of the end."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.notify.desk import Desk
from sinks.notify.notification import ENDS, decoded, encoded
from sinks.notify.soundness import unsound
from tests.sinks.notify.routing.kit import routed
from tests.sinks.notify.test_desk import ROUTES, M, S, World

FILES = [
    routed(text).routing
    for text in (
        ROUTES,
        ROUTES.replace('name = "all"', 'name = "everything"'),
        ROUTES.replace('name = "chat"', 'name = "talk"').replace('["chat"]', '["talk"]'),
        ROUTES.replace('wait = "30s"', 'wait = "30s"\n    group_by = ["scope"]'),
        ROUTES.replace('name = "t"', 'name = "u"').replace('team = "t"', 'team = "u"'),
    )
]
"""One file, and what people make of it: another route, another channel, another group, another team."""
NAMES = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), NAMES, st.sampled_from(["info", "warning", "critical"])),
        st.tuples(st.sampled_from(["resolved", "withdrawn", "acknowledge"]), NAMES, st.none()),
        st.tuples(st.just("wait"), st.sampled_from([1, 40, 700, 4_000]), st.none()),
        st.tuples(st.just("back"), st.sampled_from([5, 3_600]), st.none()),
        st.tuples(st.just("crash"), st.none(), st.none()),
        st.tuples(st.just("file"), st.sampled_from(FILES), st.none()),
        st.tuples(st.just("down"), st.sampled_from(["chat", "pager", ""]), st.none()),
    ),
    max_size=14,
)


class Life:
    """A world in which incidents go on, channels are down, clocks go back, files change and notifiers die."""

    def __init__(self) -> None:
        self.world, self.down = World(), ""
        self.open: dict[str, str] = {}
        self.told: dict[str, list[str]] = {}

    def take(self, what: str, value: Any, more: Any) -> None:
        world = self.world
        match what:
            case "say":
                self.open[value] = more
                world.say(value, severity=more)
            case "resolved" | "withdrawn" if value in self.open:
                world.say(value, severity=self.open.pop(value), state=what)
            case "acknowledge" if value in self.open:
                world.say(value, severity=self.open[value], acknowledged_by="ana", acknowledged_severity="critical")
            case "wait":
                self.wait(value * S, max(20 * S, value * S // 8))
            case "back":
                world.now -= value * S
            case "crash":
                assert [
                    unsound(one, name) for name, one in world.desk.notifications.items() if unsound(one, name)
                ] == []
                world.desk = Desk(world.desk.routing, map(decoded, map(encoded, world.desk.notifications.values())))
            case "file":
                world.desk.routing = value
            case "down":
                self.down = value

    def wait(self, span_ms: int, step_ms: int) -> None:
        world, until = self.world, self.world.now + span_ms
        while world.now < until:
            world.now = min(world.now + step_ms, until)
            world.desk.look(world.now)
            for notification in list(world.desk.notifications.values()):
                for due in [due for due in notification.due.values() if due.channel != self.down]:
                    self.told.setdefault(due.channel, []).append(due.kind)
                    world.desk.delivered(notification.id, due.number, due.channel)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS)
def test_what_goes_on_is_told_on_a_route_that_there_is_and_all_who_were_told_hear_of_the_end(steps: list[Any]) -> None:
    life = Life()
    for step in steps:
        life.take(*step)
    life.down = ""
    life.wait(15 * M, 15 * S)
    desk = life.world.desk
    if 7 <= datetime.fromtimestamp(life.world.now / 1000, UTC).hour < 21:
        routes = {route.name for route in desk.routing.route}
        known = [one for one in desk.notifications.values() if one.route in routes and one.over_ms is None]
        told = {name for one in known for name, member in one.members.items() if member.told_rank >= 0}
        assert told >= life.open.keys()
    for name, severity in life.open.items():
        life.world.say(name, severity=severity, state="resolved")
    life.wait(16 * 60 * M, 15 * M)
    assert [one.due for one in life.world.desk.notifications.values() if one.due or one.over_ms is None] == []
    for channel in {channel.name for channel in desk.routing.channel} & life.told.keys():
        assert life.told[channel][-1] in ENDS


def test_a_week_that_nobody_was_there_for_is_summed_up_and_only_what_goes_on_pages() -> None:
    world = World(ROUTES.split('    [[route]]\n    name = "critical"')[0] + ALL)
    for number in range(300):
        world.say(f"i{number}", severity="critical", scope=f"s{number}")
        world.say(f"i{number}", severity="critical", scope=f"s{number}", state="resolved")
    assert [each[1:] for each in world.until(M)] == [("chat", "t", "passed")]
    world.until(15 * M)
    world.say("now", severity="critical")
    assert [each[1:] for each in world.until(16 * M)] == [("chat", "t", "open")]


ALL = """
    [[route]]
    name = "all"
    team = "t"
    channels = ["chat"]
"""

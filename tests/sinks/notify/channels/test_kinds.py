"""All kinds of channels: what routing files may say of them, and what is promised of each."""

import json
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast, get_args

import pytest
import structlog

from sinks.notify.channels import kinds
from sinks.notify.channels.alertmanager.payload import alert as alertmanager_alert
from sinks.notify.channels.apprise.payload import letter
from sinks.notify.channels.console.payload import printed
from sinks.notify.channels.kinds import KINDS
from sinks.notify.channels.opsgenie.payload import asks
from sinks.notify.channels.pagerduty.payload import event as pagerduty_event
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.channels.slack.payload import message, reply
from sinks.notify.channels.webhook.payload import event as webhook_event
from sinks.notify.content import Content
from sinks.notify.notification import CALLS, REPORTS, Kind
from sinks.notify.routing.cases import told
from sinks.notify.routing.file import RoutingError, read
from sinks.notify.routing.model import ChannelTable
from tests.paths import ROOT
from tests.sinks.notify.channels.kit import opened, said
from tests.sinks.notify.routing.kit import WHOLE, routed

FOLDER = ROOT / "sinks/notify/channels"
EXAMPLE = ROOT / "deploy/notify/routes.example.toml"


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def with_channel(kind: str, *settings: str) -> str:
    own = "".join(f"\n    {line}" for line in settings)
    return WHOLE.replace('name = "pager"\n    kind = "console"', f'name = "pager"\n    kind = "{kind}"{own}')


def test_each_folder_is_a_kind_and_each_kind_a_folder() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/channel.py")} == KINDS.keys()
    assert {(FOLDER / name / "settings.py").exists() for name in KINDS} == {True}


@pytest.mark.parametrize("name", KINDS)
def test_of_each_kind_is_said_what_it_cannot_do(name: str) -> None:
    assert all(asdict(KINDS[name].abilities).values())
    assert KINDS[name].purpose


def test_each_kind_names_the_incident_where_there_is_no_page() -> None:
    one = said("open", page="")
    forms: list[object] = [
        message(one, buttons=False),
        message(said("unsilenced", page=""), buttons=False),
        pagerduty_event(one, "0" * 32, "", "k"),
        [each.body for each in asks(one, (), "k")],
        alertmanager_alert(one, {}, timedelta(hours=1)),
        letter(one, 4_096, 0, is_mail=True),
        str(printed(one)),
        webhook_event(one),
    ]
    assert ["incident-0" in json.dumps(form) for form in forms] == [True] * len(forms)


@pytest.mark.parametrize("name", KINDS)
def test_no_kind_has_a_key_for_a_secret_itself(name: str) -> None:
    fields = KINDS[name].settings.model_fields
    for secret in KINDS[name].settings.SECRETS:
        assert {f"{secret}_file", f"{secret}_variable"} <= fields.keys()
        assert secret not in fields or secret == "url"
    assert not {"token", "password", "secret", "api_key", "routing_key", "authorization"} & fields.keys()


def test_the_example_holds_every_kind_and_its_cases_come_out() -> None:
    file = read(EXAMPLE)
    assert {table.kind for table in file.routing.channel} == KINDS.keys()
    assert file.cases
    for case in file.cases:
        assert told(file.routing, case) == tuple(sorted(case.expect)), case.name


def test_what_is_to_be_read_goes_where_people_read() -> None:
    pagers = {name for name, kind in KINDS.items() if not kind.is_read}
    assert pagers == {"pagerduty", "opsgenie", "alertmanager"}
    for name, settings in (
        ("pagerduty", {"routing_key_variable": "SECRET"}),
        ("opsgenie", {"api_key_variable": "SECRET"}),
        ("alertmanager", {"url": "https://a.example"}),
        ("console", {}),
        ("slack", {"token_variable": "SECRET", "channel": "#a"}),
    ):
        channel = opened(
            name, {"SECRET": "xoxb-1" if name == "slack" else "e93facc04764012d7bfb002500d5d1a6"}, **settings
        )
        for kind in REPORTS:
            assert channel.wants(said(cast(Any, kind))) == (name not in pagers)
        channel.close()


def test_an_unknown_kind_is_named_with_its_line() -> None:
    text = with_channel("pigeon")
    with pytest.raises(RoutingError) as caught:
        routed(text)
    line = line_of(text.strip("\n"), '"pigeon"')
    known = ", ".join(sorted(KINDS))
    assert str(caught.value) == (
        f"routes.toml:{line}: [[channel]] kind: is 'pigeon', which is not known; known are: {known}"
    )


@pytest.mark.parametrize(
    ("kind", "settings", "key", "what"),
    [
        ("console", ['colour = "red"'], "colour", "is not known here"),
        (
            "slack",
            ['token = "xoxb-hunter2"', 'channel = "#a"'],
            "token",
            "is not known here; did you mean token_file? known are: allow_http",
        ),
        ("slack", ['token_variable = "T"', 'channel = "hunter2 a"'], "channel", "must be the id of a channel"),
        ("slack", ['token_variable = "T"'], "channel", "is missing"),
        ("slack", ['token_variable = "T"', 'chanel = "hunter2"'], "chanel", "is not known here; did you mean channel?"),
        ("pagerduty", ['source = "hunter2"'], "", "routing_key_file or routing_key_variable is missing"),
        ("alertmanager", ['url = "https://u:hunter2@a.example"'], "url", "neither name nor password"),
        ("alertmanager", ['url = "https://a.example"', 'expires_after = "hunter2"'], "expires_after", "length of time"),
        ("opsgenie", ['api_key_file = "a"', "responders = [1]"], "responders", "entry 1: must be a text, in quotes"),
        (
            "opsgenie",
            ['api_key_file = "a"', 'responders = "hunter2"'],
            "responders",
            "must be a list, in square brackets",
        ),
        ("opsgenie", ['api_key_variable = "hunter2 b"'], "api_key_variable", "must begin with a letter or _, and have"),
        ("webhook", ['allow_http = "hunter2"'], "allow_http", "must be true or false, without quotes"),
        ("webhook", ['allow_http = "yes"'], "allow_http", "must be true or false, without quotes"),
        ("slack", ['channel = "C0123456789"', 'buttons = "yes"'], "buttons", "must be true or false, without quotes"),
        ("apprise", [], "", "url_file or url_variable is missing"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_line_and_key(
    kind: str, settings: list[str], key: str, what: str
) -> None:
    text = with_channel(kind, *settings)
    with pytest.raises(RoutingError) as caught:
        routed(text)
    where = key if any(key and line.startswith(f"{key} ") for line in settings) else ""
    line = line_of(text.strip("\n"), f"{where} =") if where else line_of(text.strip("\n"), 'name = "pager"') - 1
    named = f"[[channel]] {key}" if key else "[[channel]]"
    assert str(caught.value).startswith(f"routes.toml:{line}: {named}: ")
    assert what in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("slack", {"token_file": "F", "channel": "#a"}),
        ("pagerduty", {"routing_key_file": "F"}),
        ("opsgenie", {"api_key_file": "F"}),
        ("webhook", {"url": "https://h.example/hunter2", "secret_file": "F"}),
        ("alertmanager", {"url": "https://a.example", "authorization_file": "F"}),
        ("apprise", {"url_file": "F"}),
    ],
)
def test_a_secret_is_seen_nowhere(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "secret"
    given = {key: str(file) if value == "F" else value for key, value in settings.items()}
    table = ChannelTable(name="c", kind=name, **given)
    assert kinds.wrong(table) is None
    for text in ("", "hunter2\n" * 3, "hunter2\x00", "hunter2 é", "h" * 5_000):
        file.write_text(text)
        with pytest.raises(ChannelMisconfigured, match=r"\[\[channel\]\] c: ") as caught:
            kinds.made(table, Ground({}))
        assert "hunter2" not in str(caught.value)
    file.unlink()
    with pytest.raises(ChannelMisconfigured, match="No such file"):
        kinds.made(table, Ground({}))
    shown = repr(KINDS[name].settings.model_validate(given)) + repr(table) + repr(Ground({"A": "hunter2"}))
    assert "hunter2" not in shown


def test_a_variable_that_is_not_set_is_named() -> None:
    table = ChannelTable(name="chat", kind="slack", token_variable="TOKEN", channel="#a")
    with pytest.raises(ChannelMisconfigured, match="token_variable: TOKEN is not set"):
        kinds.made(table, Ground({}))


def test_a_secret_that_others_can_read_is_told_of_and_used(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("e93facc04764012d7bfb002500d5d1a6\n")
    file.chmod(0o644)
    table = ChannelTable(name="pager", kind="pagerduty", routing_key_file=str(file))
    with structlog.testing.capture_logs() as logged:
        kinds.made(table, Ground({})).close()
    assert [line["event"] for line in logged] == ["secret_file_is_shared"]


@pytest.mark.parametrize(("repeat", "is_fine"), [("4h", True), ("0s", False), ("1d", False), ("2d", False)])
def test_a_target_that_ends_by_itself_what_it_hears_no_more_of_is_told_again_in_time(
    repeat: str, is_fine: bool
) -> None:
    text = with_channel("alertmanager", 'url = "https://a.example"', 'expires_after = "24h"')
    text = text.replace('name = "shops in trouble"', f'name = "shops in trouble"\n    repeat = "{repeat}"')
    if is_fine:
        assert routed(text).routing.channel
        return
    with pytest.raises(RoutingError, match=f"repeat: is {repeat}, but the channel 'pager' takes for over") as caught:
        routed(text)
    assert f":{line_of(text.strip(chr(10)), 'repeat =')}:" in str(caught.value)


def sent_by(kind: str, content: Content) -> str:
    """All that a channel of that kind sends of a message."""
    bodies = {
        "console": lambda: printed(content).plain,
        "webhook": lambda: webhook_event(content),
        "slack": lambda: [message(content, buttons=True), reply(content)],
        "pagerduty": lambda: pagerduty_event(content, "key", "", "drill"),
        "alertmanager": lambda: alertmanager_alert(content, {}, timedelta(hours=1)),
        "opsgenie": lambda: [ask.body for ask in asks(content, [], "drill")],
        "apprise": lambda: letter(content, 10_000, 250, is_mail=False),
    }
    return json.dumps(bodies[kind](), ensure_ascii=False)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kind", sorted(set(get_args(Kind)) - REPORTS - {"budget"}))
def test_a_message_of_a_drill_says_so_whatever_its_target_cuts_off(name: str, kind: Kind) -> None:
    plain = said(kind, key="x" * 5_000, scope="y" * 5_000)
    drill = replace(plain, drill=True, title=plain.speaker.say("drill", title=plain.title))
    # What PagerDuty is told of an end is the name of the alert alone, which was told to be a drill.
    is_silent = name == "pagerduty" and kind not in CALLS
    assert ("DRILL, nothing is wrong" in sent_by(name, drill)) is not is_silent
    assert "DRILL" not in sent_by(name, plain)

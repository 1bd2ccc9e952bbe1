"""Routing files: what they say, and the line that a fault is in."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from sinks.notify.routing.cases import told
from sinks.notify.routing.file import MAX_BYTES, RoutingError, parsed, read
from tests.paths import ROOT
from tests.sinks.notify.routing.kit import WHOLE, routed


def test_a_case_is_told_through_the_channels_of_its_routes() -> None:
    file = routed()
    (case,) = file.cases
    assert told(file.routing, case) == ("chat", "pager") == case.expect


BEFORE = """
    [[team]]
    name = "t"

    [[channel]]
    name = "c"
    kind = "console"
"""
LAST = """
    [[route]]
    name = "rest"
    team = "t"
    channels = ["c"]
"""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "routes.toml:1: team: there is no [[team]]"),
        (
            "teams = 1",
            "teams: is not known here; did you mean team? known are: channel, heartbeat, report, route, team, test",
        ),
        (
            "[team]\nname = 't'",
            "routes.toml:1: team: must be a table for each team, headed [[team]] in double brackets",
        ),
        ("team = 't'", "routes.toml:1: team: must be a table for each team, headed [[team]] in double brackets"),
        ("team = ['t']", "routes.toml:1: team: must be a table for each team, headed [[team]] in double brackets"),
        (
            BEFORE + "    [team]\n    name = 'u'",
            "not TOML: Cannot declare ('team',) twice (at line 7, column 6); team must be a table for each team",
        ),
        (
            "[team]\nname = 'u'" + BEFORE,
            "routes.toml:3: not TOML: Cannot overwrite a value (at line 3, column 11); team must",
        ),
        ("x = [", "routes.toml:1: not TOML"),
        (BEFORE, "routes.toml:1: route: there is no [[route]]"),
        (BEFORE + BEFORE + LAST, "routes.toml:9: [[team]] name: the name 't' is taken above"),
        (BEFORE + LAST + "    wait = '1 minute'", "routes.toml:12: [[route]] wait: must be a length of time"),
        (BEFORE + LAST + "    wait = '1 minute'", "it is '1 minute'"),
        (
            BEFORE + LAST + "    match = { severity = 'bad' }",
            "[[route]] match: severity: must be 'info', 'warning' or 'critical'; it is 'bad'",
        ),
        (
            BEFORE + LAST + "    match = { scopes = 'bad' }",
            "match: scopes: is not known here; did you mean scope? known are: amount, day,",
        ),
        (
            BEFORE + LAST + "    match = { hours = 'mon 08:00-20:00' }",
            "match: hours: must be a list, in square brackets",
        ),
        (
            BEFORE + LAST + "    escalate = [{ after = '2m', chanels = ['c'] }]",
            "escalate: entry 1: chanels: is not known here; did you mean channels? known are: after, channels, team",
        ),
        (
            "[[team]]\nname = 't'\nquiet = '22:00-07:00'",
            "[[team]] quiet: must be a list, in square brackets; it is '22",
        ),
        (BEFORE + LAST + "    match = { scope = 'a' }", "the last route must take all that is left"),
        (BEFORE + LAST + "    go_on = true", "[[route]] go_on: the last route must take all that is left"),
        (BEFORE + LAST + LAST.replace("rest", "more"), "takes everything, so that the routes below"),
        (BEFORE + LAST.replace('"t"', '"u"'), "[[route]] team: names the team 'u', which is not in the file"),
        (BEFORE + LAST.replace('["c"]', '["d"]'), "[[route]] channels: names the channel 'd'"),
        (
            BEFORE + LAST + "    escalate = [{ after = '2m', channels = ['c'] }, { after = '2m', channels = ['c'] }]",
            "[[route]] escalate: entry 2: must be later than the one before; it is after 2m",
        ),
        (BEFORE + LAST + "    escalate = [{ after = '2m', channels = ['x'] }]", "names the channel 'x'"),
        (BEFORE + LAST + "    escalate = [{ after = '2m', channels = ['c'], team = 'x' }]", "names the team 'x'"),
        (BEFORE + LAST + "    escalate = [{ channels = ['c'] }]", "[[route]] escalate: entry 1: after: is missing"),
        (
            BEFORE + LAST.replace('["c"]', "[]") + "    escalate = [{ after = '2m', channels = ['c'] }]",
            "means nothing where nobody is told first",
        ),
        (
            "[[team]]\nname = 't'\ncountry = 'Brasil'" + LAST,
            "routes.toml:3: [[team]] country: must be the code of a country in two letters (ISO 3166-1), like BR; it "
            "is 'Brasil'",
        ),
        (
            "[[team]]\nname = 't'\ncountry = 'br'\nsubdivision = 'XX'" + LAST,
            "routes.toml:4: [[team]] subdivision: must be one of AC, AL, AM, ",
        ),
        (BEFORE + LAST + "    urgent = 'yes'", "[[route]] urgent: must be true or false, without quotes; it is 'yes'"),
        (BEFORE + LAST + "    go_on = 1", "[[route]] go_on: must be true or false, without quotes; it is 1"),
        (
            BEFORE + LAST + "    escalate = { after = 0 }",
            "escalate: must be a list, in square brackets; it is {'after': 0}",
        ),
        (
            BEFORE + LAST + "    escalate = ['2m']",
            "[[route]] escalate: entry 1: must be a table, in braces; it is '2m'",
        ),
        (
            BEFORE + LAST + "    match = { loss = '9' }",
            "match: loss: must be a whole number, without quotes; it is '9'",
        ),
        (BEFORE + LAST + "    match = { loss = 0 }", "match: loss: must be 1 at least; it is 0"),
        (BEFORE + LAST + "    group_by = ['scope', 'x']", "group_by: entry 2: must be 'scope', 'dimension' or 'key'"),
        (
            BEFORE.replace('"t"', '"é"'),
            "name: must begin with a letter or digit, and have only these, blanks and . _ -",
        ),
        (BEFORE.replace('"t"', "7"), "routes.toml:2: [[team]] name: must be a text, in quotes; it is 7"),
        ("[[team]]\nname = 't'\ntime_zone = 'Mars/Base'" + LAST, "routes.toml:3: [[team]] time_zone: must be the name"),
        ("[[heartbeat]]\nx = 1", "routes.toml:1: heartbeat: must be one table, headed [heartbeat] in single brackets"),
        (BEFORE + LAST + "[heartbeat]\nevry = '1m'", "routes.toml:13: [heartbeat] evry: is not known here"),
        (
            BEFORE + LAST + "[heartbeat]\nevery = '1m'",
            "routes.toml:12: [heartbeat]: one of url, url_file and url_variable",
        ),
        ("[[team]]\nquiet = ['22:00-07:00']", "routes.toml:1: [[team]] name: is missing"),
        (BEFORE + LAST + "[[test]]\nname = 'x'\nexpect = ['pager']", "[[test]] expect: names the channel 'pager'"),
        (
            BEFORE + LAST + "[[test]]\nname = 'x'\nat = 2026-01-01T00:00:00\nexpect = []",
            "[[test]] at: must be an instant with its zone, like 2026-01-07T12:00:00Z; it is ",
        ),
    ],
)
def test_a_fault_is_named_with_its_line_and_key(text: str, error: str) -> None:
    with pytest.raises(RoutingError) as raised:
        routed(text)
    assert error in str(raised.value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a" + ".a" * 100_000 + " = 1", "routes.toml:1: not TOML that is used here: a name with a hundred dots."),
        (
            BEFORE + "[[route]]\nname = 'r'\nteam = 't'\nmatch = { scope = " + "[" * 200_000,
            "not TOML: maximum recursion",
        ),
        (BEFORE.replace('"t"', f"'{'t' * 100_000}'", 1), f"it is '{'t' * 99} ..."),
        (BEFORE + "[[route]]\nname = 'r'\nteam = 't'\nmatch = { severity = [] }" + LAST, "match: severity"),
        (f"{'k' * 100_000} = 1", "is not known here"),
    ],
)
def test_a_file_that_somebody_has_made_to_hurt_is_one_sentence_at_once(text: str, error: str) -> None:
    with pytest.raises(RoutingError) as raised:
        routed(text)
    assert error in str(raised.value)
    assert len(str(raised.value)) < 700


def test_a_file_is_no_longer_than_can_be_read_while_people_wait(tmp_path: Path) -> None:
    path = tmp_path / "routes.toml"
    path.write_text(dedent(WHOLE) + "#" * MAX_BYTES)
    with pytest.raises(RoutingError, match=r"is longer than 1,000,000 bytes"):
        read(path)


def test_the_line_of_a_fault_after_a_list_of_many_lines_is_found() -> None:
    shops = "".join(f"  'shop-{number}',  # it's one\n" for number in range(2_000))
    text = BEFORE + f"[[route]]\nname = 'r'\nteam = 't'\nmatch = {{ scope = [\n{shops}] }}\nchannels = ['x']" + LAST
    line = text.lstrip().split("\n").index("channels = ['x']") + 1
    with pytest.raises(RoutingError, match=rf"routes.toml:{line}: \[\[route\]\] channels: names the channel 'x'"):
        routed(text)


def test_a_file_that_is_not_there_or_no_text_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RoutingError, match=r"cannot be read: No such file or directory"):
        read(tmp_path / "none.toml")
    with pytest.raises(RoutingError, match=r"is not UTF-8"):
        parsed(Path("x.toml"), b"\xff\xfe")


def test_what_is_read_from_a_file_is_what_its_text_says(tmp_path: Path) -> None:
    path = tmp_path / "routes.toml"
    path.write_text("\ufeff" + WHOLE.replace("\n", "\r\n"), encoding="utf-8")
    assert read(path).routing == routed().routing


def test_the_file_in_the_documents_can_be_used_and_passes_its_tests() -> None:
    text = (ROOT / "docs/notifications.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    file = parsed(Path("routes.toml"), example.encode())
    assert (
        [told(file.routing, case) for case in file.cases] == [tuple(sorted(case.expect)) for case in file.cases] != []
    )

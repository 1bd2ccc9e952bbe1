"""`floodmark notify channels`: what each kind can and cannot do."""

import json

import pytest

from floodmark.operate.notify.channels import show
from runtime.exits import Exit
from sinks.notify.channels.kinds import KINDS


def test_every_kind_is_shown_with_what_it_cannot_do(capsys: pytest.CaptureFixture[str]) -> None:
    show(None, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown.keys() == KINDS.keys()
    assert shown["apprise"]["abilities"]["update"].startswith("no")
    assert shown["pagerduty"]["settings"] == [
        "allow_http",
        "allow_private",
        "ca_file",
        "routing_key_file",
        "routing_key_variable",
        "source",
        "url",
    ]


def test_one_kind_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    show("slack", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "slack: a Slack channel, by an app's bot token"
    assert [line.split()[0] for line in lines[1:3]] == ["update", "thread"]


def test_a_kind_that_there_is_not_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        show("pigeon", as_json=False)
    assert caught.value.code == Exit.MISUSED
    assert "there are: alertmanager, apprise" in capsys.readouterr().err

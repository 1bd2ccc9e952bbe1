"""Alertmanager: a real one where Debian's package is installed, and a stub that holds to its published API."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from runtime.ports import free_ports
from sinks.notify.channels.contract import Channel
from sinks.notify.channels.kinds import KINDS
from sinks.notify.routing.model import Team
from sinks.protocol import Busy
from tests.sinks.http_kit import Receiver, Reply, Request
from tests.sinks.notify.channels.kit import HOSTILE, SECRET, answered, hostile, local, opened, said, stub
from tests.waiting import PATIENCE_S, until

PROGRAM = "prometheus-alertmanager"


class Alertmanager:
    """Takes what `postableAlerts` of its OpenAPI description permits, and keeps one alert for each set of labels."""

    def __init__(self) -> None:
        self.alerts: dict[str, dict[str, Any]] = {}

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != SECRET:
            return Reply(401)
        if request.path != "/prefix/api/v2/alerts":
            return Reply(404)
        for alert in json.loads(request.body):
            sets = (alert["labels"], alert["annotations"])
            is_fine = (
                alert.keys() <= {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}
                and all(isinstance(value, str) and value for each in sets for value in each.values())
                and datetime.fromisoformat(alert["startsAt"]) <= datetime.fromisoformat(alert["endsAt"])
                and urlsplit(alert.get("generatorURL", "https://h/")).scheme in ("http", "https")
                and alert["labels"]
            )
            if not is_fine:
                return Reply(400)
            self.alerts[json.dumps(alert["labels"], sort_keys=True)] = alert
        return Reply(200)


def alertmanager(receiver: Receiver, **settings: Any) -> Channel:
    return opened("alertmanager", authorization_variable="SECRET", **local(receiver, "/prefix/"), **settings)


def test_labels_never_change_and_what_changes_is_an_annotation() -> None:
    service = Alertmanager()
    with stub(service) as receiver:
        channel = alertmanager(receiver, labels={"source": "floodmark"}, expires_after="2d")
        for kind, severity in (("open", "warning"), ("rise", "critical"), ("repeat", "critical")):
            channel.send(said(kind, severity=severity, runbook="https://wiki.example/"), "")  # type: ignore[arg-type]
            (alert,) = service.alerts.values()
            assert alert["annotations"]["severity"] == severity
            assert alert["endsAt"] == "2026-01-09T13:15:00Z"
        channel.send(said("resolved"), "")
        channel.close()
    (alert,) = service.alerts.values()
    assert alert["labels"] == {"alertname": "Floodmark", "notification": "0123456789abcdef", "source": "floodmark"}
    assert alert["endsAt"] == "2026-01-07T13:15:00Z"
    assert alert["generatorURL"] == "https://fm.example/incidents/incident-0"


def test_that_people_are_called_too_often_has_a_name_of_its_own_by_which_it_is_routed() -> None:
    service = Alertmanager()
    with stub(service) as receiver:
        channel = alertmanager(receiver)
        word = said("budget", team=Team(name="payments", budget=2))
        assert channel.wants(word)
        channel.send(word, "")
        channel.close()
    (alert,) = service.alerts.values()
    assert (alert["labels"]["alertname"], alert["annotations"]["severity"]) == ("FloodmarkBudget", "info")
    assert "generatorURL" not in alert


def test_a_repeat_moves_the_end_on() -> None:
    service = Alertmanager()
    with stub(service) as receiver:
        channel = alertmanager(receiver)
        first = said("open")
        channel.send(first, "")
        (alert,) = service.alerts.values()
        ends = datetime.fromisoformat(alert["endsAt"])
        channel.send(said("repeat", at_s=first.at.timestamp() + 4 * 3600), "")
        channel.close()
    (alert,) = service.alerts.values()
    assert datetime.fromisoformat(alert["endsAt"]) == ends + timedelta(hours=4)


def test_words_stay_values() -> None:
    service = Alertmanager()
    with stub(service) as receiver:
        channel = alertmanager(receiver)
        for words in HOSTILE:
            channel.send(hostile(words, count=3), "")
        channel.close()
    (alert,) = service.alerts.values()
    assert alert["annotations"]["severity"] == "critical"


def test_what_is_wrong_with_the_settings_is_said() -> None:
    wrong = KINDS["alertmanager"].wrong({"url": "https://a.example", "labels": {"alertname": "Mine"}})
    assert wrong is not None
    assert "must not be one of alertname, notification" in wrong.what
    with stub(lambda _request: Reply(404)) as receiver:
        channel = alertmanager(receiver)
        with pytest.raises(Busy, match="without /api/v2"):
            channel.send(said(), "")
        channel.close()


@contextmanager
def real(folder: Path, webhook: str) -> Iterator[str]:
    """An Alertmanager that posts what it sends to `webhook`; where it is."""
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.skip(f"{PROGRAM} is not on the path (Debian: prometheus-alertmanager)")
    config = {
        "route": {"receiver": "us", "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
        "receivers": [{"name": "us", "webhook_configs": [{"url": webhook, "send_resolved": True}]}],
    }
    (folder / "alertmanager.yml").write_text(json.dumps(config))
    (port,) = free_ports(1)
    places = [f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder / 'data'}"]
    network = [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen([program, *places, *network], stdout=output, stderr=output)
    try:
        until(lambda: is_ready(f"http://127.0.0.1:{port}"), "it is ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", trust_env=False, timeout=PATIENCE_S).is_success
    except httpx.TransportError:
        return False


def test_a_real_alertmanager_has_one_alert_that_fires_rises_and_resolves(tmp_path: Path) -> None:
    with stub(lambda _request: answered(200)) as people, real(tmp_path, people.url("/people")) as url:
        channel = opened("alertmanager", url=url, allow_http=True, allow_private=True)

        def told() -> list[tuple[str, int]]:
            bodies = [json.loads(request.body) for request in people.requests]
            return [(body["status"], len(body["alerts"])) for body in bodies]

        def alerts() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = httpx.get(f"{url}/api/v2/alerts", trust_env=False, timeout=PATIENCE_S).json()
            return found

        assert channel.send(said("open", severity="warning", at_s=time.time()), "").answer == "200"
        until(lambda: told() == [("firing", 1)], "people are told")
        assert [alert["annotations"]["severity"] for alert in alerts()] == ["warning"]

        assert channel.send(said("rise", severity="critical", at_s=time.time()), "").answer == "200"
        until(lambda: [alert["annotations"]["severity"] for alert in alerts()] == ["critical"], "it rises")

        assert channel.send(said("resolved", at_s=time.time()), "").answer == "200"
        until(lambda: alerts() == [], "it is over")
        until(lambda: told()[-1] == ("resolved", 1), "people are told that it is over")
        assert {count for _, count in told()} == {1}
        channel.close()


def test_a_real_alertmanager_takes_every_word(tmp_path: Path) -> None:
    with stub(lambda _request: answered(200)) as people, real(tmp_path, people.url("/people")) as url:
        channel = opened("alertmanager", url=url, allow_http=True, allow_private=True)
        for words in HOSTILE:
            assert channel.send(hostile(words, at_s=time.time()), "").answer == "200"
        assert len(httpx.get(f"{url}/api/v2/alerts", trust_env=False, timeout=PATIENCE_S).json()) == 1
        channel.close()

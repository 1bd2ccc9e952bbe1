"""What the user of Grafana may read: the engine itself is asked, with the rights of `deploy/clickhouse/grafana.xml`.

The engine of the tests knows one user who asks, `default`; so that user is given the rights and the profile of
`grafana`, and another one, who may do all, has made the tables and views, as the sink does.
"""

import copy
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from floodmark.queries.library import library
from grafana.generate import BOARDS, FOLDER
from sinks.clickhouse.migrations import DAY, migrations
from tests.deploy.clickhouse_engine import ask, refusals
from tests.deploy.grafana_macros import View
from tests.deploy.test_boards import CHOSEN, FROM_S, TO_S
from tests.paths import ROOT

pytestmark = pytest.mark.store
XML = ROOT / "deploy/clickhouse/grafana.xml"
GRANTS = [grant.text or "" for grant in ET.parse(XML).getroot().iterfind("users/grafana/grants/query")]
GRANTED = {grant.rpartition(".")[2] for grant in GRANTS}
STATEMENTS = [part for step in migrations() for part in step.statements if not DAY.search(part)]
MADE = [
    "CREATE DATABASE floodmark",
    *(part.replace("{database}", "floodmark").replace("CURRENT_USER", "keeper") for part in STATEMENTS),
    f"""INSERT INTO floodmark.minute_versions (minute, scope, dimension, key, count, total, verdict, revision, version)
        SELECT toDateTime({FROM_S} + 60 * number, 'UTC'), 'all', 'status', 'denied', 3, 9, 'normal', 1, 1
        FROM numbers(60)""",
]


def config(folder: Path, *, asks_as_grafana: bool) -> Path:
    """A configuration of the engine in which `keeper` may do all, and `default` all or what `grafana` may."""
    users = ET.parse(XML).getroot()
    profiles, named = users.find("profiles"), users.find("users")
    assert profiles is not None
    assert named is not None
    (grafana,) = named
    named.remove(grafana)
    for name in ("keeper", "default"):
        user = copy.deepcopy(grafana) if asks_as_grafana and name == "default" else ET.Element(name)
        user.tag = name
        for each in user.findall("password"):
            user.remove(each)
        ET.SubElement(user, "password")
        if user.find("profile") is None:
            ET.SubElement(user, "profile").text = "default"
            ET.SubElement(user, "quota").text = "default"
            ET.SubElement(user, "access_management").text = "1"
            ET.SubElement(ET.SubElement(user, "networks"), "ip").text = "::/0"
        named.append(user)
    ET.SubElement(profiles, "default")
    ET.SubElement(ET.SubElement(users, "quotas"), "default")
    file = folder / f"users-{asks_as_grafana}.xml"
    file.write_bytes(ET.tostring(users))
    main = folder / f"config-{asks_as_grafana}.xml"
    main.write_text(f"<clickhouse><users_config>{file}</users_config></clickhouse>")
    return main


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an engine's data and the configurations to open it."""
    folder = tmp_path_factory.mktemp("grafana user")
    ask(folder / "data", MADE, [], config(folder, asks_as_grafana=False))
    return folder


def refused(made: Path, queries: list[str]) -> list[str]:
    return refusals(made / "data", queries, config(made, asks_as_grafana=True))


def asked_by_dashboards() -> list[str]:
    view = View(FROM_S, TO_S, 60, {**CHOSEN, "dimension": "status", "key": "denied"})
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        written = json.loads(file.read_text())
        targets = [target for panel in written["panels"] for target in panel["targets"]]
        targets += [annotation["target"] for annotation in written["annotations"]["list"]]
        found += [target["rawSql"] for target in targets if "rawSql" in target]
        found += [v["query"] for v in written["templating"].get("list", []) if v["type"] == "query"]
    text = (ROOT / "grafana/provisioning/alerting/floodmark.yml").read_text()
    return [view.expand(sql) for sql in [*found, *re.findall(r"rawSql: (.*)", text)]]


def asked_by_people() -> list[str]:
    found = []
    for asked in library():
        values = {name.removeprefix("param_"): value for name, value in asked.values({}).items()}
        text = asked.sql
        for name, kind in re.findall(r"\{(\w+):([^}]+)\}", text):
            text = text.replace(f"{{{name}:{kind}}}", f"CAST('{values[name]}' AS {kind})")
        found.append(text)
    return found


def test_every_panel_variable_annotation_and_alert_rule_works(made: Path) -> None:
    asked = asked_by_dashboards()
    assert len(asked) > sum(len(board.panels) for board in BOARDS) / 2
    assert dict.fromkeys(asked, "") == dict(zip(asked, refused(made, asked), strict=True))


def test_every_query_of_the_library_works(made: Path) -> None:
    asked = asked_by_people()
    said = refused(made, ["USE floodmark", *asked])[1:]
    assert dict(zip(asked, said, strict=True)) == dict.fromkeys(asked, "")


def test_it_reads_what_is_there(made: Path) -> None:
    counted = "SELECT count() AS minutes, sum(count) AS transactions FROM floodmark.minutes"
    (answer,) = ask(made / "data", [], [counted], config(made, asks_as_grafana=True))
    assert {name: int(value) for name, value in answer.rows[0].items()} == {"minutes": 60, "transactions": 180}


def test_tables_other_views_and_the_servers_own_are_refused(made: Path) -> None:
    text = "\n".join(STATEMENTS)
    tables = set(re.findall(r"CREATE (?:TABLE|MATERIALIZED VIEW) IF NOT EXISTS \{database\}\.(\w+)", text))
    views = set(re.findall(r"CREATE OR REPLACE VIEW \{database\}\.(\w+)", text))
    gone = {
        place[1]
        for place in re.finditer(r"DROP (?:VIEW|TABLE) IF EXISTS \{database\}\.(\w+)", text)
        if f"CREATE OR REPLACE VIEW {{database}}.{place[1]} " not in text[place.end() :]
    }
    assert len(tables) > 10
    assert views - gone - GRANTED == {"late", "transactions"}, "a view more: grant it, or say here that it is not"
    hidden = [f"floodmark.{name}" for name in sorted((tables - gone) | (views - gone - GRANTED))]
    hidden += [f"system.{name}" for name in ("users", "grants", "roles", "settings_profiles")]
    for name, said in zip(hidden, refused(made, [f"SELECT * FROM {name}" for name in hidden]), strict=True):
        assert "ACCESS_DENIED" in said, (name, said)


def test_a_server_asks_a_right_for_its_other_tables_too() -> None:
    """The engine of the tests does not read this section, so what it says is held here and not asked."""
    settings = ET.parse(ROOT / "deploy/clickhouse/access.xml").getroot()
    assert settings.findtext("access_control_improvements/select_from_system_db_requires_grant") == "true"
    mounts = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["clickhouse"]["volumes"]
    assert "./deploy/clickhouse/access.xml:/etc/clickhouse-server/config.d/access.xml:ro" in mounts


BEYOND = [
    "INSERT INTO floodmark.minute_versions (minute) VALUES (0)",
    "INSERT INTO floodmark.minutes (minute) VALUES (0)",
    "CREATE TABLE floodmark.mine (a Int8) ENGINE = Memory",
    "DROP VIEW floodmark.minutes",
    "ALTER TABLE floodmark.minutes MODIFY SQL SECURITY INVOKER",
    "CREATE VIEW floodmark.mine AS SELECT 1",
    "GRANT SELECT ON floodmark.* TO default",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM merge('floodmark', '.*_versions')",
    "SELECT * FROM floodmark.minutes SETTINGS max_memory_usage = 0",
    "SELECT * FROM floodmark.minutes SETTINGS max_execution_time = 61",
    "SELECT * FROM floodmark.minutes SETTINGS max_execution_time = 0",
]


def test_it_changes_nothing_and_reaches_nothing_else(made: Path) -> None:
    words = ("ACCESS_DENIED", "READONLY", "SETTING_CONSTRAINT_VIOLATION", "There are no tables satisfied")
    for sql, said in zip(BEYOND, refused(made, BEYOND), strict=True):
        assert any(word in said for word in words), (sql, said)

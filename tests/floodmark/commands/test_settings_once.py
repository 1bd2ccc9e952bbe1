"""Settings: one model for each concern, and a value that cannot be used ends every command with 2 and a sentence."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import processors.app
from floodmark.cli import app
from floodmark.environment import SETTINGS
from floodmark.gateway.ingest.settings import IngestSettings
from floodmark.gateway.integrations.settings import IntegrationSettings
from floodmark.gateway.security.settings import SecuritySettings
from floodmark.gateway.settings import GatewaySettings
from floodmark.settings import PatienceSettings, Settings, StoreSettings
from processors.settings import RuleSettings, TimeSettings, WorkerSettings
from runtime.installation import InstallationSettings
from runtime.kafka.settings import KafkaSettings
from runtime.process_settings import ProcessSettings
from runtime.settings import FromEnvironment
from sinks.clickhouse.keeping import KeepSettings
from sinks.notify.variables import NotifyVariables
from sinks.webhook.variables import WebhookVariables
from tests.paths import ROOT

SECRET = "never-to-be-seen"
BAD: dict[type[FromEnvironment], tuple[str, str, str]] = {
    KafkaSettings: ("FLOODMARK_BROKER", "kafka", "'kafka' is not HOST:PORT"),
    InstallationSettings: ("FLOODMARK_PARTITIONS", "0", "is '0': must be a whole number ≥ 1, ≤ 1000."),
    ProcessSettings: (
        "FLOODMARK_LOG_LEVEL",
        "loud",
        "is 'loud': must be 'debug', 'info', 'warning' or 'error'",
    ),
    StoreSettings: ("FLOODMARK_STORE_DSN", f"ftp://me:{SECRET}@h", "write clickhouse://HOST:PORT/DATABASE"),
    KeepSettings: ("FLOODMARK_KEEP_MINUTES_DAYS", "-1", "is '-1': must be a whole number ≥ 0, ≤ 36500."),
    RuleSettings: ("FLOODMARK_RUNBOOKS", "the wiki", "it is no address such as https://"),
    PatienceSettings: ("FLOODMARK_REACHED_WITHIN_S", "0", "is '0': must be a number > 0, ≤ 600."),
    TimeSettings: ("FLOODMARK_LATENESS_S", "soon", "is 'soon': must be a number ≥ 0."),
    WorkerSettings: ("FLOODMARK_SCOPES", "many", "must be a whole number ≥ 1, ≤ 1000000."),
    NotifyVariables: ("FLOODMARK_PAGE_URL", "ftp://h", "it has to begin with https://"),
    WebhookVariables: ("FLOODMARK_WEBHOOK_URL", f"ftp://h/{SECRET}", "it has to begin with https://"),
    IngestSettings: ("FLOODMARK_GATEWAY_TIME_ZONE", "Rio", "'Rio' is no time zone"),
    SecuritySettings: ("FLOODMARK_GATEWAY_READER_RATE", "0", "must be a whole number ≥ 1."),
    GatewaySettings: ("FLOODMARK_GATEWAY_PORT", "http", "must be a whole number ≥ 0, ≤ 65535."),
}
"""For each class with fields of its own: a variable, a value that it does not take, and what is said of it."""
ANY_TEXT = {IntegrationSettings}
"""Classes whose every field takes any text: what is wrong with a file of rules or secrets, only its reader can say."""


def classes(kind: type[FromEnvironment] = FromEnvironment) -> Iterator[type[FromEnvironment]]:
    """All settings there are."""
    for each in kind.__subclasses__():
        yield each
        yield from classes(each)


def own(kind: type[FromEnvironment]) -> set[str]:
    """The fields that a class defines itself."""
    return set(vars(kind).get("__annotations__", {})) & set(kind.model_fields)


def leaves(command: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command as it is typed."""
    told = command or typer.main.get_command(app)
    below = told.list_commands(None) if hasattr(told, "list_commands") else ()
    if not below:
        yield words
    for name in below:
        yield from leaves(told.get_command(None, name), (*words, name))


def test_no_field_is_defined_twice() -> None:
    """Who changes a limit finds it in one place."""
    defined = Counter(field for kind in set(classes()) for field in own(kind))
    assert [field for field, times in defined.items() if times > 1] == []
    assert set(defined) == {field for kind in SETTINGS for field in kind.model_fields}


def test_variables_are_read_in_one_place() -> None:
    """Whoever asks the environment by themselves says nothing of a value that cannot be used."""
    asks = re.compile(r"""(environ(\.get\(|\[)|getenv\()\s*["']FLOODMARK_""")
    product = [path for name in ("runtime", "producers", "processors", "sinks", "floodmark") for path in files(name)]
    assert [path for path in product if asks.search(path.read_text("utf-8"))] == []
    made = re.compile(r"\b(" + "|".join(kind.__name__ for kind in classes()) + r")\(\)")
    assert [path for path in product if made.search(path.read_text("utf-8"))] == []


def files(package: str) -> list[Path]:
    """Its modules."""
    return sorted((ROOT / package).rglob("*.py"))


def test_each_class_with_fields_has_a_value_that_is_refused() -> None:
    """So that the next test knows of all of them."""
    assert {kind for kind in classes() if own(kind)} == set(BAD) | ANY_TEXT
    assert not own(Settings)


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
def test_a_value_that_cannot_be_used_ends_every_command_with_2_and_one_sentence(kind: type[FromEnvironment]) -> None:
    """It names the variable, the value unless it is secret, and what is allowed."""
    name, value, says = BAD[kind]
    every = list(leaves())
    assert len(every) > 20
    for words in every:
        ended = CliRunner().invoke(app, words, env={name: value})
        assert ended.exit_code == 2, words
        (line,) = ended.output.splitlines()
        assert line.startswith(f"floodmark: {name} is "), words
        assert says in line
        assert SECRET not in line


def test_what_does_not_go_together_ends_every_command_as_well() -> None:
    """Also those that do not connect: whoever set it finds out at once."""
    told = {"FLOODMARK_KAFKA_PASSWORD": SECRET, "FLOODMARK_KAFKA_USERNAME": "worker"}
    for words in leaves():
        ended = CliRunner().invoke(app, words, env=told)
        assert (ended.exit_code, ended.output) == (
            2,
            "floodmark: FLOODMARK_KAFKA_PASSWORD: it has no effect without FLOODMARK_KAFKA_SECURITY_PROTOCOL SSL or "
            "SASL_SSL\n",
        )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FLOODMARK_SCOPES", "many", "FLOODMARK_SCOPES: must be a whole number ≥ 1, ≤ 1000000; it is 'many'. It says:"),
        ("FLOODMARK_KAFKA_PASSWORD", SECRET, "FLOODMARK_KAFKA_PASSWORD: it has no effect without"),
        ("FLOODMARK_RULES", "/no/such.toml", "/no/such.toml: cannot be read"),
    ],
)
def test_the_app_that_faust_asks_for_ends_with_2_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, says: str
) -> None:
    """`faust -A processors.app` is not a command of ours, and reads the same settings."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        processors.app.app  # noqa: B018 - asking for it makes it
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert (ended.value.code, line[: len(says)]) == (2, says)
    assert SECRET not in said.err + said.out


def test_faust_says_nothing_more() -> None:
    faust = (str(Path(sys.executable).parent / "faust"), "-A", "processors.app", "worker", "--without-web")
    environment = {**os.environ, "FLOODMARK_SCOPES": "many"}
    ended = subprocess.run(faust, capture_output=True, text=True, timeout=240, env=environment)
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, line.split(": ")[0]) == (2, "FLOODMARK_SCOPES")

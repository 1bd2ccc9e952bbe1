import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import PurePosixPath
from typing import Any

import pytest
import typer
import yaml

from floodmark.cli import app
from floodmark.environment import wrong
from floodmark.gateway.settings import GatewaySettings
from floodmark.local.broker.jars import pinned
from floodmark.settings import Settings
from tests.deploy.stack import COMPOSE, OURS, ROOT, SERVICES, filled, image_environment, variables

PROMETHEUS = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
METRICS_PORT = int(image_environment()["FLOODMARK_METRICS_PORT"])
DAEMONS = [name for name in OURS if SERVICES[name]["restart"] != "no"]


def mounts(service: str) -> list[tuple[str, str, str]]:
    """(source, target, options) of each volume of a service."""
    parts = [volume.split(":") for volume in SERVICES[service].get("volumes", ())]
    return [(source, target, ",".join(rest)) for source, target, *rest in parts]


def test_the_stack_has_its_parts() -> None:
    assert {"kafka", "clickhouse", "grafana", "prometheus"} <= SERVICES.keys()
    sinks = {"sink-clickhouse", "sink-console", "sink-webhook", "sink-notify"}
    assert {"worker", *sinks, "gateway", "replay"} == set(OURS)
    assert SERVICES["sink-webhook"]["profiles"] == ["webhook"]
    assert SERVICES["sink-notify"]["profiles"] == ["notify"]
    assert SERVICES["replay"]["profiles"] == ["demo"]


def test_compose_itself_finds_no_fault(compose_says: str) -> None:
    assert compose_says == ""


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_pinned_to_a_version(service: str) -> None:
    _, _, tag = SERVICES[service]["image"].partition(":")
    assert re.search(r"\d+\.\d+", tag), "name a version, not a moving tag"


def test_the_images_are_of_the_versions_that_the_tests_run_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"floodmark:{project['version']}"}
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{pinned().version}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_path_and_volume_exists(service: str) -> None:
    named = set(COMPOSE["volumes"])
    for source, target, _ in mounts(service):
        assert target.startswith("/")
        assert (ROOT / source).exists() if source.startswith("./") else source in named
    build = SERVICES[service].get("build")
    if build:
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()


def test_every_volume_is_used() -> None:
    used = {source for service in SERVICES for source, *_ in mounts(service)}
    assert set(COMPOSE["volumes"]) <= used


@pytest.mark.parametrize("service", SERVICES)
def test_files_of_the_repository_are_mounted_read_only(service: str) -> None:
    assert all(options == "ro" for source, _, options in mounts(service) if source.startswith("./"))


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_loopback_only(service: str) -> None:
    for port in SERVICES[service].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", filled(port)), f"{port} would be reachable from outside"


def test_the_gateway_asks_the_store_that_is_written_to_and_judges_by_the_rules_of_the_workers() -> None:
    gateway, worker = SERVICES["gateway"], SERVICES["worker"]
    sink = SERVICES["sink-clickhouse"]["environment"]
    assert gateway["environment"]["FLOODMARK_STORE_DSN"] == sink["FLOODMARK_STORE_DSN"]
    assert gateway["environment"]["FLOODMARK_RULES"] == worker["environment"]["FLOODMARK_RULES"]
    assert gateway["volumes"] == worker["volumes"]
    assert gateway["environment"]["FLOODMARK_GATEWAY_ANONYMOUS"] == "read", "it listens on all addresses"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_comes_back_keeps_its_logs_small_and_says_whether_it_is_well(service: str) -> None:
    told = SERVICES[service]
    assert told["logging"]["options"].keys() >= {"max-size", "max-file"}
    if service == "replay":
        assert told["healthcheck"] == {"disable": True}
        assert told["restart"] == "no"
    else:
        assert told["restart"] == "unless-stopped"
        assert told["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert told["healthcheck"].keys() >= {"interval", "timeout", "retries", "start_period"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_only_for_services_that_can_be_healthy(service: str) -> None:
    for needed, how in SERVICES[service].get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert "test" in SERVICES[needed]["healthcheck"]
        assert not SERVICES[needed].get("profiles"), f"{needed} does not start by itself"


@pytest.mark.parametrize("service", OURS)
def test_our_processes_have_no_more_rights_than_they_need(service: str) -> None:
    told = SERVICES[service]
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in told["security_opt"]
    assert image_environment()["FLOODMARK_DATA_DIR"] in {path.split(":")[0] for path in told["tmpfs"]}


def parsed(service: str) -> Any:
    """The context of the command that a service runs; an argument that Floodmark does not know is an error."""
    command: Any = typer.main.get_command(app)
    name, arguments, context = "floodmark", [filled(str(part)) for part in SERVICES[service]["command"]], None
    while True:
        context = command.make_context(name, list(arguments), parent=context)
        if not hasattr(command, "resolve_command"):
            return context
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])


@pytest.mark.parametrize("service", OURS)
def test_our_settings_are_known_and_valid(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**image_environment(), **SERVICES[service]["environment"]}
    ours = {name: filled(value) for name, value in given.items() if name.startswith("FLOODMARK_")}
    fields = {name: value for name in Settings.model_fields if (value := ours.get(f"FLOODMARK_{name}".upper()))}
    settings = Settings.model_validate(fields)
    host, _, port = settings.broker.partition(":")
    assert f"://{host}:{port}" in SERVICES[host]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    monkeypatch.setenv("FLOODMARK_WEBHOOK_URL", "https://pager.example/hook")
    monkeypatch.setenv("FLOODMARK_ROUTES", "/notify/routes.toml")
    options = " ".join(f"{option.envvar} {option.help}" for option in parsed(service).command.params)
    assert wrong(ours) == []
    own = GatewaySettings.model_fields if service == "gateway" else {}
    for name in ours.keys() - {f"FLOODMARK_{name}".upper() for name in (*Settings.model_fields, *own)}:
        assert name in options, f"{name} is neither a setting nor known to the command"


@pytest.mark.parametrize("service", OURS)
def test_a_command_is_one_that_floodmark_knows(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICES[service]["environment"].items():
        monkeypatch.setenv(name, filled(value) or "https://pager.example/hook")
    assert parsed(service).command.callback is not None


def test_a_rule_file_of_ones_own_is_seen_by_the_workers_as_its_folder_says() -> None:
    worker = SERVICES["worker"]
    assert ("./deploy/rules", "/rules", "ro") in mounts("worker")
    assert worker["environment"]["FLOODMARK_RULES"] == "${RULES:-}"
    assert "RULES=/rules/mine.toml" in (ROOT / "deploy/rules/README.md").read_text()


def test_the_store_of_the_sink_is_the_server_with_its_user() -> None:
    dsn = SERVICES["sink-clickhouse"]["environment"]["FLOODMARK_STORE_DSN"]
    user = SERVICES["clickhouse"]["environment"]["CLICKHOUSE_USER"]
    assert dsn == f"clickhouse://{user}:${{CLICKHOUSE_PASSWORD}}@clickhouse:8123"


def test_the_health_check_asks_where_the_process_listens() -> None:
    for service in DAEMONS:
        assert f"http://127.0.0.1:{METRICS_PORT}/healthz" in SERVICES[service]["healthcheck"]["test"][-1]
    assert image_environment()["FLOODMARK_METRICS_HOST"] == "0.0.0.0"  # reachable from Prometheus' container


def test_prometheus_scrapes_every_process_of_ours_where_it_listens() -> None:
    scraped: set[str] = set()
    for job in PROMETHEUS["scrape_configs"]:
        for found in job.get("dns_sd_configs", ()):
            assert found["type"] == "A"
            assert found["port"] == METRICS_PORT
            scraped |= set(found["names"])
    assert scraped == set(DAEMONS)


@pytest.mark.parametrize("service", OURS)
def test_files_that_a_command_names_are_mounted_there(service: str) -> None:
    folders = {target: ROOT / source for source, target, _ in mounts(service)}
    named = [PurePosixPath(part) for part in SERVICES[service]["command"] if part.startswith("/")]
    assert all((folders[str(path.parent)] / path.name).is_file() for path in named)


def test_what_a_service_reads_from_a_file_is_mounted_there() -> None:
    targets = {service: [target for _, target, _ in mounts(service)] for service in SERVICES}
    flags = dict(flag.removeprefix("--").split("=", 1) for flag in SERVICES["prometheus"]["command"])
    assert flags["config.file"] in targets["prometheus"]
    assert flags["storage.tsdb.path"] in targets["prometheus"]
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] in targets["kafka"]
    assert "/etc/grafana/provisioning" in targets["grafana"]


def test_grafana_finds_its_dashboards_and_its_home() -> None:
    folder = {target: ROOT / source for source, target, _ in mounts("grafana")}
    providers = yaml.safe_load((ROOT / "grafana/provisioning/dashboards/floodmark.yml").read_text())["providers"]
    for provider in providers:
        assert list(folder[provider["options"]["path"]].glob("*.json"))
    home = PurePosixPath(SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (folder[str(home.parent)] / home.name).is_file()


def test_grafana_has_the_plugin_of_its_data_source_at_a_version() -> None:
    plugin, _, version = SERVICES["grafana"]["environment"]["GF_PLUGINS_PREINSTALL_SYNC"].partition("@")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert plugin in {source["type"] for source in sources()}


def sources() -> list[dict[str, Any]]:
    provisioned = yaml.safe_load((ROOT / "grafana/provisioning/datasources/floodmark.yml").read_text())
    return list(provisioned["datasources"])


def test_data_sources_point_at_services_and_take_passwords_from_the_environment() -> None:
    clickhouse, prometheus = sources()
    assert clickhouse["jsonData"]["host"] == "clickhouse"
    assert prometheus["url"] == "http://prometheus:9090"
    password = clickhouse["secureJsonData"]["password"]
    name = re.fullmatch(r"\$__env\{(\w+)\}", password)
    assert name is not None
    assert name[1] in SERVICES["grafana"]["environment"]


def test_grafana_reads_the_store_as_a_user_that_can_do_nothing_else() -> None:
    users = ET.parse(ROOT / "deploy/clickhouse/grafana.xml").getroot()
    name = sources()[0]["jsonData"]["username"]
    (user,) = users.findall("users/*")
    assert user.tag == name
    grants = [grant.text or "" for grant in user.findall("grants/query")]
    assert all(re.fullmatch(r"GRANT SELECT ON floodmark\.[a-z_]+", grant) for grant in grants)
    profile = users.find(f"profiles/{user.findtext('profile')}")
    assert profile is not None
    assert profile.findtext("readonly") == "2"
    assert profile.find("max_execution_time") is not None
    assert profile.find("max_memory_usage") is not None
    password = user.find("password")
    assert password is not None
    assert password.text is None
    assert password.get("from_env") in SERVICES["clickhouse"]["environment"]


def test_the_example_of_the_settings_has_every_variable_and_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    used = variables(SERVICES)
    assert given.keys() == {name for name, _ in used}
    assert not any(value for name, value in given.items() if not name.endswith("_PORT"))
    assert all(how == "-" for name, how in used if name.endswith("_PORT"))
    required = {name for name, how in used if how == "?"}
    assert required >= {"CLICKHOUSE_PASSWORD", "CLICKHOUSE_GRAFANA_PASSWORD", "GRAFANA_ADMIN_PASSWORD"}


def test_real_settings_are_never_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_no_password_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|DSN", name):
                assert "${" in value, f"{name} is written down"

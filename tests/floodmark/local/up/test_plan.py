import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from floodmark.local.up.datadir import DataDir
from floodmark.local.up.plan import GatewayAt, Options, check_jsonl, fleet, typed_program
from processors.rules import CLASSIC
from runtime.exits import Misused
from sinks.jsonl.file import LinesFile


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataDir]:
    with DataDir(tmp_path / "my data") as one:
        yield one


def test_the_fleet_is_a_store_workers_and_the_stores_sink(data: DataDir) -> None:
    ships = fleet(Options(data.path, workers=3), data, "127.0.0.1:9", 6)
    assert ships.store is not None
    assert [spec.name for spec in (ships.store, *ships.workers, *ships.sinks)] == [
        "store", "worker-1", "worker-2", "worker-3", "clickhouse",
    ]  # fmt: skip


def test_workers_stop_before_sinks_before_store_before_broker(data: DataDir) -> None:
    ships = fleet(Options(data.path, jsonl=Path("a.jsonl")), data, "127.0.0.1:9", 6)
    assert ships.stop_order() == [["worker-1", "worker-2"], ["clickhouse", "jsonl"], ["store"], ["broker"]]


def test_the_gateway_is_the_last_to_start_and_the_first_to_stop(data: DataDir) -> None:
    ships = fleet(Options(data.path, workers=1, gateway=GatewayAt("127.0.0.1", 18_080, is_named=True)), data, "h:9", 6)
    assert [spec.name for spec in ships.readers] == ["worker-1", "clickhouse", "gateway"]
    assert ships.stop_order()[0] == ["gateway"]
    assert ships.readers[-1].argv[4:9] == ("gateway", "--host", "127.0.0.1", "--port", "18080")


def test_a_port_that_is_taken_gives_way_to_a_free_one_unless_somebody_has_named_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert GatewayAt(port=port).free() != port
        assert GatewayAt(port=port, is_named=True).free() == port


def test_a_store_elsewhere_is_not_started_here(data: DataDir) -> None:
    ships = fleet(Options(data.path, store_dsn="clickhouse://u:p@db/x"), data, "127.0.0.1:9", 6)
    assert ships.store is None
    assert ships.sinks[0].env["FLOODMARK_STORE_DSN"] == "clickhouse://u:p@db/x"


def test_no_secret_is_in_the_arguments_where_everybody_can_read_them(data: DataDir) -> None:
    options = Options(data.path, store_dsn="clickhouse://u:s3cret@db/x", webhook="https://hooks/s3cret")
    ships = fleet(options, data, "127.0.0.1:9", 6)
    assert not any("s3cret" in word for spec in (*ships.workers, *ships.sinks) for word in spec.argv)


def test_children_run_our_own_modules_whatever_lies_in_the_current_directory(data: DataDir) -> None:
    (worker, *_) = fleet(Options(data.path), data, "127.0.0.1:9", 6).workers
    assert worker.argv[:4] == (sys.executable, "-P", "-m", "floodmark")


def test_a_webhook_on_this_machine_has_to_be_allowed(data: DataDir) -> None:
    def words(*, local: bool) -> tuple[str, ...]:
        options = Options(data.path, webhook="http://127.0.0.1:1/x", webhook_local=local)
        return fleet(options, data, "127.0.0.1:9", 6).sinks[-1].argv

    assert "--allow-private" not in words(local=False)
    assert {"--allow-http", "--allow-private"} <= set(words(local=True))


def test_the_readers_of_alerts_are_drained_too() -> None:
    assert Options(Path("x")).readers == []
    everybody = Options(Path("x"), jsonl=Path("f"), webhook="https://h", routes=Path("r"))
    assert everybody.readers == ["jsonl", "webhook", "notify"]


def test_the_notifier_is_a_sink_that_is_given_the_routing_file_wherever_it_is_started(data: DataDir) -> None:
    ships = fleet(Options(data.path, routes=Path("routes.toml")), data, "127.0.0.1:9", 6)
    assert [spec.name for spec in ships.sinks] == ["clickhouse", "notify"]
    assert ships.sinks[-1].argv[4:8] == ("sink", "notify", "--routes", str(Path.cwd() / "routes.toml"))


def test_a_command_is_shown_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert typed_program([str(tmp_path / ".venv/bin/floodmark"), "up"]) == ".venv/bin/floodmark"
    assert typed_program(["/elsewhere/floodmark"]) == "/elsewhere/floodmark"
    assert typed_program(["pytest"]) == "floodmark"


def test_workers_get_the_path_of_the_rule_file_also_of_one_that_ships(
    data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rules(given: Path | None) -> str | None:
        return fleet(Options(data.path, rules=given), data, "127.0.0.1:9", 6).workers[0].env.get("FLOODMARK_RULES")

    monkeypatch.chdir(tmp_path)
    assert rules(None) is None
    assert rules(Path("classic")) == str(CLASSIC)
    (tmp_path / "mine.toml").touch()
    assert rules(Path("mine.toml")) == str(tmp_path / "mine.toml")


def test_a_file_for_alerts_that_cannot_be_written_is_told_before_anything_starts(tmp_path: Path) -> None:
    file, folder = tmp_path / "alerts.jsonl", tmp_path / "is a file"
    folder.touch()
    check_jsonl(Options(tmp_path))
    check_jsonl(Options(tmp_path, jsonl=file))
    with pytest.raises(Misused, match=r"is a file/alerts\.jsonl cannot be written"):
        check_jsonl(Options(tmp_path, jsonl=folder / "alerts.jsonl"))
    other = LinesFile(file)
    with pytest.raises(Misused, match="is being written by another process"):
        check_jsonl(Options(tmp_path, jsonl=file))
    other.close()

"""What is to run: the options of `up`, and the child processes that follow from them."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from floodmark.local.store.paths import StorePaths
from floodmark.local.up.children import ChildSpec
from floodmark.local.up.datadir import DataDir
from processors.rules import found
from producers.files.conventions import AS_FOUND, Conventions
from runtime.exits import Misused
from runtime.kafka.cluster import Cluster
from runtime.ports import free_ports, is_free
from schemas.topics import Topics
from sinks.jsonl.file import FileTaken, LinesFile
from sinks.notify.channels import kinds
from sinks.notify.channels.settings import Ground
from sinks.notify.run import Outfit
from sinks.webhook.settings import Flags, WebhookSettings

STORE: Final = "store"
BROKER: Final = "broker"
GATEWAY: Final = "gateway"
LOCAL: Final = ("--allow-http", "--allow-private")
WEBHOOK_FLAGS: Final = Flags(http="--webhook-local", private="--webhook-local")


@dataclass(frozen=True, slots=True)
class GatewayAt:
    """Where the gateway is to listen.

    Args:
        host: Address.
        port: Port.
        is_named: Whether somebody has named the port; else another one does where it is taken.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    is_named: bool = False

    def free(self) -> int:
        """The port to take; raises `OSError` when none is free."""
        return self.port if self.is_named or is_free(self.port) else free_ports(1)[0]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of `up`; see the flags of the command."""

    data_dir: Path
    broker: str = "auto"
    workers: int = 2
    partitions: int = 6
    replication: int = 1
    topic_prefix: str = ""
    replay: tuple[Path, ...] = ()
    sample: bool = False
    date: str | None = None
    speed: str = "max"
    rebase: bool = False
    explode: bool = False
    skip_bad: bool = False
    rules: Path | None = None
    webhook: str | None = None
    webhook_local: bool = False
    routes: Path | None = None
    jsonl: Path | None = None
    store_dsn: str = ""
    exit_when_done: bool = False
    fresh: bool = False
    again: bool = False
    gateway: GatewayAt | None = None
    conventions: Conventions = AS_FOUND
    cluster: Cluster = field(default_factory=lambda: Cluster.of(""))
    """How others' broker is entered; where it is says `broker`."""

    @property
    def topics(self) -> Topics:
        """The topics of this installation."""
        return Topics(self.topic_prefix)

    def cluster_at(self, address: str) -> Cluster:
        """The cluster, once it is known where it is."""
        return replace(self.cluster, servers=Cluster.of(address).servers)

    @property
    def readers(self) -> list[str]:
        """Sinks of alerts beside the store's, by the name of their consumer group."""
        asked = {"jsonl": self.jsonl, "webhook": self.webhook, "notify": self.routes}
        return [name for name, given in asked.items() if given]


def check_webhook(options: Options) -> None:
    """Raise `WebhookMisconfigured` when alerts could not be sent to the URL that was given."""
    if options.webhook is not None:
        local = options.webhook_local
        WebhookSettings(options.webhook, allow_http=local, allow_private=local).check(flags=WEBHOOK_FLAGS)


def check_jsonl(options: Options) -> None:
    """Raise `Misused` when alerts could not be appended to the file that was given; it is made where it is missing."""
    if options.jsonl is not None:
        try:
            LinesFile(options.jsonl).close()
        except FileTaken as error:
            raise Misused(str(error), "--jsonl") from error
        except OSError as error:
            raise Misused(f"{options.jsonl} cannot be written: {error.strerror}", "--jsonl") from error


def check_routes(options: Options) -> None:
    """Raise `RoutingError` or `ChannelMisconfigured` when people could not be told by the file that was given."""
    if options.routes is not None:
        outfit = Outfit(options.routes, lambda table: kinds.made(table, Ground()))
        outfit.close()
        for channel in outfit.channels.values():
            channel.close()


@dataclass(frozen=True, slots=True)
class Fleet:
    """The children of one `up`, in the order of their start."""

    store: ChildSpec | None
    workers: tuple[ChildSpec, ...]
    sinks: tuple[ChildSpec, ...] = field(default=())
    gateway: ChildSpec | None = None

    @property
    def readers(self) -> tuple[ChildSpec, ...]:
        """Those that are started once there is a store: workers, sinks, the gateway."""
        return (*self.workers, *self.sinks, *([self.gateway] if self.gateway is not None else []))

    def stop_order(self) -> list[list[str]]:
        """Names in the order of their stop: what feeds others before what is fed."""
        gateway = [] if self.gateway is None else [[self.gateway.name]]
        return [*gateway, [w.name for w in self.workers], [s.name for s in self.sinks], [STORE], [BROKER]]


def fleet(options: Options, data: DataDir, address: str, partitions: int) -> Fleet:
    """The children for a broker at `address` whose transactions topic has that many partitions."""
    common = {
        "FLOODMARK_BROKER": address,
        "FLOODMARK_TOPIC_PREFIX": options.topic_prefix,
        "FLOODMARK_PARTITIONS": str(partitions),
        "FLOODMARK_REPLICATION": str(options.replication),
        "FLOODMARK_DATA_DIR": str(data.path),
        "FLOODMARK_METRICS_PORT": "0",
        "TYPER_STANDARD_TRACEBACK": "1",
        **({"FLOODMARK_RULES": str(found(options.rules).absolute())} if options.rules else {}),
        **({"FLOODMARK_STORE_DSN": options.store_dsn} if options.store_dsn else {}),
    }

    def child(name: str, *command: str, grace_s: float = 20.0) -> ChildSpec:
        announce = data.announcements / f"{name}.json"
        argv = (*program(), *command, "--announce", str(announce))
        return ChildSpec(name, argv, data.logs / f"{name}.log", announce, grace_s, common)

    # The store says where it listens in a file of its own.
    endpoint = StorePaths.under(data.path).endpoint
    store = ChildSpec(STORE, (*program(), "store"), data.logs / f"{STORE}.log", endpoint, 30.0, common)
    sinks = [child("clickhouse", "sink", "clickhouse")]
    if options.jsonl is not None:
        sinks.append(child("jsonl", "sink", "jsonl", "--alerts", str(options.jsonl.absolute())))
    if options.webhook:
        # Through the environment, as a URL may hold a secret and arguments are for everybody to see.
        common["FLOODMARK_WEBHOOK_URL"] = options.webhook
        sinks.append(child("webhook", "sink", "webhook", *(LOCAL if options.webhook_local else ())))
    if options.routes is not None:
        sinks.append(child("notify", "sink", "notify", "--routes", str(options.routes.absolute())))
    at = options.gateway
    listens = () if at is None else ("--host", at.host, "--port", str(at.free()))
    return Fleet(
        store=None if options.store_dsn else store,
        workers=tuple(child(f"worker-{n}", "worker") for n in range(1, options.workers + 1)),
        sinks=tuple(sinks),
        gateway=None if at is None else child(GATEWAY, "gateway", *listens),
    )


def program() -> tuple[str, ...]:
    """How to start a command of ours: this Python, and no module from the current directory."""
    return (sys.executable, "-P", "-m", "floodmark")


def typed_program(argv: Sequence[str] = tuple(sys.argv)) -> str:
    """How people call Floodmark here: `floodmark` when it is on the path, else the way it was called now."""
    if shutil.which("floodmark"):
        return "floodmark"
    called = Path(argv[0])
    if called.name != "floodmark":
        return "floodmark"
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(called)

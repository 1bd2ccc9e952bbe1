"""The settings of every process: defaults, overridden by FLOODMARK_… variables and then by flags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from runtime.exits import Misused
from runtime.kafka.settings import KafkaSettings


class Settings(KafkaSettings):
    """What all processes agree on. Every field can be set as FLOODMARK_<NAME> in the environment."""

    topic_prefix: str = Field(default="", description="Put before every topic name.")
    partitions: int = Field(
        default=6, ge=1, le=1000, description="Partitions of the transactions topic when we create it."
    )
    replication: int = Field(
        default=1, ge=1, le=10, description="Replication of the topics that we create; 3 on a real cluster."
    )
    data_dir: Path = Field(default=Path(".floodmark/up"), description="Where the local broker, store and state live.")
    store_dsn: str = Field(default="", description="clickhouse-connect DSN; empty: the store under data_dir.")
    rules: Path | None = Field(default=None, description="Rule file; none: the default rules that ship with Floodmark.")
    runbooks: str = Field(
        default="",
        description="Address that alerts link to for their runbook: the name of a page and .md are put behind it, or "
        "the name takes the place of {page} in it; empty: alerts name the command that prints the page.",
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port of /metrics and /healthz on metrics_host; 0: a free one."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address that /metrics and /healthz listen on.")
    wait_for_broker_s: float = Field(
        default=600.0, ge=0, description="How long a worker or sink that starts waits for the broker, in seconds."
    )
    unwell_for_s: float = Field(
        default=60.0,
        ge=5,
        description="A worker or sink that is unwell for so many seconds ends with exit code 75, to be started again.",
    )
    stop_within_s: float = Field(
        default=18.0,
        ge=1,
        description="A worker or sink that still runs so many seconds after SIGTERM ends at once, with exit code 75.",
    )
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="debug, info, warning or error; quieter events are not logged.",
    )


def settings_of(given: Mapping[str, Any]) -> Settings:
    """The settings, with the flags that were given (those that are not None) before the environment.

    Raises:
        Misused: One of them cannot be used; it names the flag or the variable.
    """
    flags = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**flags)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = str(fault["loc"][0])
        name = f"--{field.replace('_', '-')}" if field in flags else f"FLOODMARK_{field.upper()}"
        raise Misused(f"{fault['input']!r}: {fault['msg']}", name) from None

"""The settings of every process: defaults, overridden by FLOODMARK_… variables and then by flags."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What all processes agree on. Every field can be set as FLOODMARK_<NAME> in the environment."""

    model_config = SettingsConfigDict(env_prefix="FLOODMARK_", env_ignore_empty=True, frozen=True)

    broker: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, HOST:PORT[,HOST:PORT…].")
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
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

"""What a process that runs for long needs to know of itself: where it is asked how it is, and when it gives up."""

from typing import Literal

from pydantic import Field

from runtime.settings import FromEnvironment


class ProcessSettings(FromEnvironment):
    """How a worker or a sink is watched, waits, ends and logs."""

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
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error; quieter events are not logged."
    )

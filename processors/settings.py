"""What a worker needs to know; every field can be set as FLOODMARK_<NAME> in the environment."""

import re
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from processors.domain.incidents.refusals import SHARE
from processors.domain.window import MAX_SCOPES, MAX_WAITING, TimePolicy
from runtime.installation import InstallationSettings
from runtime.kafka.settings import KafkaSettings
from runtime.settings import FromEnvironment

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+$")


class RuleSettings(FromEnvironment):
    """By which rules minutes are judged, and where people read what they mean."""

    rules: Path | None = Field(default=None, description="Rule file; none: the default rules that ship with Floodmark.")
    runbooks: str = Field(
        default="",
        description="Address that alerts link to for their runbook: the name of a page and .md are put behind it, or "
        "the name takes the place of {page} in it; empty: alerts name the command that prints the page.",
    )

    @field_validator("runbooks")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value.strip() and not _ADDRESS.match(value.strip()):
            raise ValueError("it is no address such as https://wiki.example.com/runbooks")
        return value


class TimeSettings(FromEnvironment):
    """What decides about times: the workers judge by it, and whoever judges files or stored minutes as they do."""

    lateness_s: float = Field(default=5.0, ge=0, description="How far the watermark stays behind the newest event.")
    revise_for_s: float = Field(default=900.0, ge=0, description="How long late data may change a minute.")
    complete: float = Field(
        default=0.99,
        ge=0,
        le=1,
        description="Minutes of a scope of which counts usually come late are judged when usually this part of them is "
        "there; 0: all are judged at once.",
    )
    give_up_after_h: float = Field(
        default=24.0, ge=1, le=720, description="Silence after which the incidents of a scope end: it counts as gone."
    )
    forget_after_h: float = Field(default=336.0, ge=25, description="Silence after which a scope is forgotten.")

    @property
    def policy(self) -> TimePolicy:
        """The same for the domain."""
        return TimePolicy(
            int(self.lateness_s * 1000),
            int(self.revise_for_s * 1000),
            max_gap_minutes=int(self.give_up_after_h * 60),
            forget_after_minutes=int(self.forget_after_h * 60),
            complete=self.complete,
        )


class WorkerSettings(TimeSettings, RuleSettings, InstallationSettings, KafkaSettings):
    """Settings of one worker. All workers of an installation share them."""

    judges: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Partitions of the topic between the stages that are used; none: as many as of transactions.",
    )
    declare_topics: bool = Field(default=True, description="Whether Faust may create the topics it needs.")
    idle_after_s: float = Field(default=10.0, gt=0, description="Silence after which a drained partition is idle.")
    max_future_s: float = Field(default=300.0, ge=0, description="Events further ahead of the wall clock are refused.")
    session_timeout_s: float = Field(default=10.0, ge=1, le=300, description="Kafka's session timeout.")
    max_poll_s: float = Field(
        default=300.0, ge=1, le=604_800, description="A loop that stands still for longer leaves the group."
    )
    commit_interval_s: float = Field(default=1.0, ge=0.01, description="How often offsets are committed.")
    linger_s: float = Field(default=0.25, ge=0, le=5, description="How long a live chunk gathers records.")
    look_ahead: bool = Field(
        default=False,
        description="Look at batches before they are unpacked, so that none fill the memory; catching up takes longer.",
    )
    checkpoint_s: float = Field(default=1.0, ge=0.01, le=60, description="How often state is stored.")
    scopes: int = Field(
        default=MAX_SCOPES,
        ge=1,
        le=1_000_000,
        description="Scopes of a minute and partition that are told apart; of more, silent ones are forgotten early.",
    )
    waiting: int = Field(
        default=MAX_WAITING,
        ge=1000,
        le=1_000_000_000,
        description="Counts of a scope, minute and source partition that all judges together keep while a source "
        "partition holds the watermark; when more wait, minutes are judged without it. Each takes some 640 bytes.",
    )
    refused_share: float = Field(
        default=SHARE, gt=0, le=1, description="A higher share of records that cannot be read, for two minutes, pages."
    )
    chunk: int = Field(default=100_000, ge=1, le=1_000_000, description="Records fetched at once, at most.")

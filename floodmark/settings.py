"""The settings of the commands: those of each concern together, and where data are on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from processors.settings import RuleSettings
from runtime.exits import Exit, fail
from runtime.installation import InstallationSettings
from runtime.kafka.settings import KafkaSettings
from runtime.process_settings import ProcessSettings
from runtime.settings import FromEnvironment, read_settings
from sinks.clickhouse.dsn import DsnError, parse
from sinks.clickhouse.keeping import KeepSettings


class StoreSettings(FromEnvironment):
    """Where minutes and alerts are kept."""

    data_dir: Path = Field(default=Path(".floodmark/up"), description="Where the local broker, store and state live.")
    # Not shown: a password may be part of it.
    store_dsn: str = Field(
        default="", repr=False, description="clickhouse-connect DSN; empty: the store under data_dir."
    )

    @field_validator("store_dsn")
    @classmethod
    def _can_be_read(cls, dsn: str) -> str:
        if dsn:
            try:
                parse(dsn)
            except DsnError as error:
                raise ValueError(f"{error}. Check the DSN") from None
        return dsn


class PatienceSettings(FromEnvironment):
    """How long commands wait."""

    reached_within_s: float = Field(
        default=8.0,
        gt=0,
        le=600,
        description="Commands take a broker that has not answered after so many seconds for unreachable.",
    )


class Settings(
    ProcessSettings, RuleSettings, StoreSettings, KeepSettings, PatienceSettings, InstallationSettings, KafkaSettings
):
    """What commands read. Every field can be set as FLOODMARK_<NAME> in the environment."""


def settings_of(given: Mapping[str, Any]) -> Settings:
    """The settings, with the flags that were given (those that are not None) before the environment.

    Raises:
        Misused: One of them cannot be used; it names the flag or the variable.
    """
    return read_settings(Settings, given)


def require_data_dir(settings: Settings) -> None:
    """End with 2 where a data directory was named and is not there; of the default one nothing is asked."""
    place = settings.data_dir
    if "data_dir" in settings.model_fields_set and not place.is_dir():
        what = "is no folder" if place.exists() else "does not exist"
        fail(f"{place} {what}. Start one with `floodmark up`, or name the right --data-dir.", Exit.MISUSED)

"""Which `up` runs on a data directory, so that other commands find its broker."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from floodmark.local.up.datadir import LOCK, DataDir
from floodmark.settings import Settings, require_data_dir, settings_of
from runtime.kafka.errors import BrokerError
from runtime.locks import is_held

FILE = "up.json"


@dataclass(frozen=True, slots=True)
class Running:
    """A running `up`: its broker's address and what is put before its topics' names."""

    broker: str
    topic_prefix: str


def announce(data: DataDir, running: Running) -> None:
    """Write down where everything is, for `running`."""
    data.announcements.mkdir(parents=True, exist_ok=True)
    draft = data.announcements / f".{FILE}"
    draft.write_text(json.dumps(asdict(running)), "utf-8")
    draft.replace(data.announcements / FILE)


def running(data_dir: Path) -> Running | None:
    """The `up` that runs on a data directory now, or None."""
    if not is_held(data_dir / LOCK):
        return None
    try:
        return Running(**json.loads((data_dir / "run" / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def settings_here(given: Mapping[str, Any]) -> Settings:
    """The settings; where no broker is named, those of the `up` that runs on the data directory.

    Raises:
        Misused: One of them cannot be used; it names the flag or the variable.
    """
    settings = settings_of(given)
    require_data_dir(settings)
    here = running(settings.data_dir)
    if here is None or "broker" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"broker": here.broker, "topic_prefix": here.topic_prefix})


def away(error: BrokerError, settings: Settings) -> str:
    """That the broker of `settings_here` is away; where none was named and no `up` runs here, that too."""
    if "broker" in settings.model_fields_set or running(settings.data_dir) is not None:
        return str(error)
    return (
        f"{error} No `floodmark up` runs on {settings.data_dir}: name the --data-dir of one that does, or a --broker."
    )

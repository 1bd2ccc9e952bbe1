"""The alert that somebody asks about on the command line."""

from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from runtime.exits import Misused
from runtime.typed_times import instant
from sinks.notify.routing.cases import CaseAlert


def asked_alert(**fields: Any) -> CaseAlert:
    """The alert that says this.

    Raises:
        Misused: a value cannot be.
    """
    try:
        return CaseAlert.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = f"--{first['loc'][0]}".replace("--rules", "--rule")
        raise Misused(f"{first['msg'].replace('Input should', 'must')}; it is {first['input']!r}", option) from error


def asked_instant(text: str | None) -> datetime:
    """The instant of `--at`; without a zone it is UTC, and none is now; raises `Misused`."""
    return datetime.now(UTC) if text is None else instant(text, "--at")

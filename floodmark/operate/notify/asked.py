"""The alert that somebody asks about on the command line."""

from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from runtime.exits import Misused
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
        option = f"--{first['loc'][0]}"
        raise Misused(f"{first['msg']}; it is {first['input']!r}", option) from error


def asked_instant(text: str | None) -> datetime:
    """The instant; without a zone it is UTC, and none is now.

    Raises:
        Misused: it is none.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misused(f"must be an instant, such as 2026-11-27T03:00:00Z; it is {text!r}", "--at") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)

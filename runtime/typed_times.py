"""Days, instants, times of the day and zones as people type them: each error names option, form and what was typed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from runtime.exits import Misused


def day(text: str, option: str) -> date:
    """A day, `2025-07-12`; raises `Misused`."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise not_of_form("a day such as 2025-07-12", text, option) from None


def instant(text: str, option: str) -> datetime:
    """An instant; without a zone it is UTC; raises `Misused`."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise not_of_form("an instant such as 2025-07-12T18:00 (UTC)", text, option) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def clock(text: str, option: str) -> time:
    """A time of the day to the minute, `22:00`, with no zone of its own; raises `Misused`."""
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007 - it has no day either
    except ValueError:
        raise not_of_form("a time of the day such as 22:00", text, option) from None


def zone(name: str, option: str) -> ZoneInfo:
    """A time zone by its name; raises `Misused`."""
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError):
        raise not_of_form("a time zone such as America/Sao_Paulo, or UTC", name, option) from None


def not_of_form(form: str, text: str, option: str) -> Misused:
    """That an option takes something else."""
    return Misused(f"must be {form}; it is {text!r}", option)

"""Makes an empty view."""

from collections.abc import Callable

from floodmark.gateway.answers.incidents import shown_json
from floodmark.gateway.state.eventlog import EventLog
from floodmark.gateway.state.incidents import KnownIncidents
from floodmark.gateway.state.minutes import MAX_BLOCKS, Minutes
from floodmark.gateway.state.view import View


def new_view(now_ms: Callable[[], int], max_blocks: int = MAX_BLOCKS) -> View:
    """A view that knows nothing yet.

    Args:
        now_ms: The present, in epoch milliseconds.
        max_blocks: See Minutes.
    """
    return View(Minutes(max_blocks), KnownIncidents(), EventLog(), shown_json, now_ms)

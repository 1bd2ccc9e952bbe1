"""Whether the group has refused this worker for good.

aiokafka keeps such an error for whoever asks it for records next, and does nothing before that. Nobody does ask where
the fetchers read all there is, so a worker would stay outside its group for ever, also when the cause is long gone.
"""

from typing import Any


def group_error(app: Any) -> str:
    """The error, for people; empty when there is none."""
    coordinator = _coordinator(app)
    if coordinator is None:
        return ""
    if (pending := coordinator._pending_exception) is not None:
        return _in_words(pending)
    task = coordinator._coordination_task
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        return _in_words(error)
    return ""


def _coordinator(app: Any) -> Any:
    """None while there is none: before the start, and while the process stops."""
    thread = getattr(app._consumer, "_thread", None)
    consumer = getattr(thread, "_consumer", None)
    return getattr(consumer, "_coordinator", None)


def _in_words(error: BaseException) -> str:
    text = str(error)
    name = type(error).__name__
    return text if name in text else f"{name}: {text}" if text else name

"""An answer of a target has an end for us, whatever the target sends.

Apprise asks by the library requests, which reads an answer whole and unpacks it: a target that does not stop, or that
packs much into little, would take all memory of the notifier. Nobody else in it asks by requests.
"""

from collections.abc import Iterator
from typing import Any, Final

MAX_BODY: Final = 1_048_576
"""More of an answer is not read: apprise looks at its status, and at a few words of some."""


def bind() -> None:
    """From now on requests reads no more of any answer than MAX_BODY bytes, unpacked, and closes the connection."""
    from requests import Response

    whole = Response.iter_content
    if getattr(whole, "is_bounded", False):
        return

    def beginning(answer: Response, *given: Any, **named: Any) -> Iterator[Any]:
        read = 0
        for part in whole(answer, *given, **named):
            yield part
            read += len(part)
            if read >= MAX_BODY:
                answer.close()
                return

    beginning.is_bounded = True  # type: ignore[attr-defined]
    Response.iter_content = beginning  # type: ignore[method-assign, assignment]

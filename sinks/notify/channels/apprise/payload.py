"""A message as plain text for any target."""

from typing import Final, NamedTuple

from sinks.notify.channels.plain import cut, size, text_of
from sinks.notify.content import Content

MAX_TITLE: Final = 200
MAX_SUBJECT: Final = 100
"""Of an e-mail: apprise writes it on one line, nine bytes for a sign that is not Latin, and a mail server takes 998
bytes (RFC 5321, 4.5.3.1.6). Lines of the body are broken by its coding."""
MAX_BODY: Final = 8_000
LOOKALIKES: Final = str.maketrans(
    {
        "@": "\uff20",
        "<": "\u2039",
        ">": "\u203a",
        "[": "\uff3b",
        "]": "\uff3d",
        "*": "\u2217",
        "`": "\u02cb",
        "|": "\u2223",
    }
)
"""Signs that mean something at some target, and signs that look like them and mean nothing."""


class Letter(NamedTuple):
    """What is sent."""

    title: str
    body: str


def letter(content: Content, most: int, most_of_title: int, *, is_mail: bool) -> Letter:
    """The message.

    Args:
        content: What it says.
        most: So long the target takes it, with its title.
        most_of_title: So long it takes a title; 0: it has none of its own, and the title goes before the text.
        is_mail: Whether it is an e-mail, in which no sign means anything.
    """
    title = cut(content.title, min(MAX_SUBJECT if is_mail else MAX_TITLE, most_of_title or MAX_TITLE, max(most - 3, 1)))
    # A body must not be empty: where there is no room, it is the title's beginning once more.
    body = text_of(content, min(MAX_BODY, max(most - size(title) - 2, 1)))
    return Letter(title, body) if is_mail else Letter(title.translate(LOOKALIKES), body.translate(LOOKALIKES))

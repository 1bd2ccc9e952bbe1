"""How a report is printed."""

from enum import StrEnum


class Format(StrEnum):
    """Text for a terminal, or Markdown for a chat or a wiki."""

    TEXT = "text"
    MARKDOWN = "markdown"

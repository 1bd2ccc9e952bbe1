"""Cells of tables in Markdown."""


def cell(text: str) -> str:
    """`text` in one line, with nothing that would end the cell."""
    return " ".join(text.split()).replace("|", r"\|")


def code(value: object) -> str:
    """The value as it is typed; nothing for nothing."""
    text = str(value)
    return f"`{cell(text)}`" if text else ""

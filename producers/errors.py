"""What can be wrong with input, and with publishing it."""

from pathlib import Path


class RowError(ValueError):
    """A row, or a whole file, that cannot be read; says where and what to do."""

    def __init__(self, path: Path, line: int, column: str, what: str) -> None:
        where = f"{path}:{line}" + (f": column {column}" if column else "")
        super().__init__(f"{where}: {what}")
        self.path, self.line, self.column = path, line, column


class PublishError(RuntimeError):
    """Records that the broker did not take; says how many and why."""

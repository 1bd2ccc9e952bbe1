"""ClickHouse's errors: a number, a name, and the HTTP status that its server gives them."""

import re
from enum import Enum
from typing import Final

SHAPE: Final = re.compile(r"Code: (?P<code>\d+)\. (?P<text>.*)", re.DOTALL)
NOISE: Final = re.compile(
    r"(?<!\s)\s*+\(version [^)]*+\)"
    r"|(?<!\s)\s++At:\s.*?(?=: while executing|$)"
    r"|\(in file/uri /dev/fd/\d+\)(: )?|: While executing File: data for INSERT was parsed from file",
    re.DOTALL,
)
"""What only the makers of the engine can use, and how our own data got into it."""
NAME: Final = re.compile(r"\((?P<name>[A-Z][A-Z0-9_]+)\)")

MAX_TEXT: Final = 16_000
"""Letters of an error that are kept: the engine repeats names, and so whatever a client made of them."""

STATUS: Final = {
    **dict.fromkeys((516, 192, 193, 497, 512, 800), 403),
    194: 401,
    **dict.fromkeys(
        (6, 25, 26, 27, 36, 38, 41, 62, 72, 117, 271, 427, 441, 675, 676, 15, 44, 8, 53, 69, 167, 168), 400
    ),
    **dict.fromkeys((60, 46, 47, 50, 56, 81, 115, 148, 63, 73, 336, 78, 511), 404),
    **dict.fromkeys((159, 209), 408),
    307: 413,
    48: 501,
    202: 503,
    439: 503,
}
"""What ClickHouse's server answers; every other code is a 500. (800: our own `file()`, see `Engine.open`.)"""


class RequestOutcome(Enum):
    """How a request ended, in few words: the label of a metric."""

    OK = "ok"
    UNAUTHENTICATED = "unauthenticated"
    REFUSED = "refused"
    SYNTAX = "syntax"
    UNKNOWN = "unknown_name"
    BAD_DATA = "bad_data"
    LIMIT = "limit"
    BUSY = "busy"
    CLIENT_GONE = "client_gone"
    FAILED = "failed"


OUTCOMES: Final = {
    **dict.fromkeys((516, 192, 193, 194), RequestOutcome.UNAUTHENTICATED),
    **dict.fromkeys((164, 358, 452, 497, 800, 344, 48), RequestOutcome.REFUSED),
    62: RequestOutcome.SYNTAX,
    **dict.fromkeys((60, 46, 47, 50, 56, 73, 81, 115, 16), RequestOutcome.UNKNOWN),
    **dict.fromkeys((6, 25, 26, 27, 32, 33, 38, 41, 53, 72, 117, 271, 349, 441), RequestOutcome.BAD_DATA),
    **dict.fromkeys((158, 159, 160, 209, 241, 307, 396), RequestOutcome.LIMIT),
    202: RequestOutcome.BUSY,
}


class StoreError(Exception):
    """A query that did not succeed, as a ClickHouse server would say it.

    Args:
        code: ClickHouse's number of the error.
        name: ClickHouse's name of it, for example `UNKNOWN_TABLE`.
        text: What is wrong, without number and name.
    """

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text} ({name})")
        self.code = code
        self.name = name
        self.text = text

    @classmethod
    def from_engine(cls, raw: str) -> "StoreError":
        """Read what the engine said; a text without a number becomes code 1001, as ClickHouse does it."""
        if len(raw) > MAX_TEXT:
            raw = f"{raw[: MAX_TEXT // 2]} … {raw[-MAX_TEXT // 2 :]}"
        found = SHAPE.search(raw)
        if found is None:
            return cls(1001, "STD_EXCEPTION", raw.strip() or "the engine failed without a reason")
        text = NOISE.sub("", found["text"]).strip().removeprefix("DB::Exception: ")
        names = NAME.findall(text)
        name = names[-1] if names else "UNKNOWN_EXCEPTION"
        text = text.removesuffix(f"({name})").rstrip()
        # Errors in the data of an insert come wrapped in a second one of the same number.
        text = text.removeprefix(f"Code: {found['code']}. DB::Exception: ").removesuffix(f". ({name}).")
        return cls(int(found["code"]), name, text)

    @property
    def status(self) -> int:
        """The HTTP status that goes with it."""
        return STATUS.get(self.code, 500)

    @property
    def outcome(self) -> RequestOutcome:
        """Its class, for metrics."""
        return OUTCOMES.get(self.code, RequestOutcome.FAILED)

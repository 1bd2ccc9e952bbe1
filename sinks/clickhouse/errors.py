"""Which errors of the store pass, which are a row's fault, and which are ours."""

import struct
from enum import Enum
from typing import Any, Final

from clickhouse_connect.driver.exceptions import (
    DatabaseError,
    DataError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)

from sinks.protocol import Busy, Trouble

# Numbers as in ClickHouse's ErrorCodes.
TIMEOUTS: Final = frozenset({159, 209})
OVERLOADS: Final = frozenset({202, 241, 252, 439, 473, 745})
FULL: Final = frozenset({243})
AWAY: Final = frozenset({3, 32, 33, 74, 75, 76, 210, 225, 236, 242, 279, 285, 286, 319, 394, 425, 999})
MISSING: Final = frozenset({60, 81})
DENIED: Final = frozenset({192, 193, 194, 516})
ROW_FAULTS: Final = frozenset({6, 27, 38, 41, 53, 69, 70, 72, 117, 131, 190, 321, 349, 407, 441, 469, 1000})


class ErrorKind(Enum):
    """What an error of one insert means."""

    BUSY = "busy"
    MISSING = "missing"
    DENIED = "denied"
    ROW = "row"
    OURS = "ours"


def kind(error: Exception) -> ErrorKind:
    """What `error`, raised by an insert, means.

    A refused connection, a cut answer and a full server pass by themselves. A missing table or database is
    made again (the store was emptied). A value that does not fit its column is the row's fault. A wrong
    statement is ours, and so is whatever is not known here.
    """
    if isinstance(error, (DataError, TypeError, ValueError, OverflowError, AttributeError, struct.error)):
        return ErrorKind.ROW
    code: Any = getattr(error, "code", None)
    if code in MISSING:
        return ErrorKind.MISSING
    if code in DENIED:
        return ErrorKind.DENIED
    if code in ROW_FAULTS:
        return ErrorKind.ROW
    if code in TIMEOUTS | OVERLOADS | FULL | AWAY:
        return ErrorKind.BUSY
    if isinstance(error, (OperationalError, InterfaceError, OSError)):
        return ErrorKind.BUSY
    if isinstance(error, DatabaseError) and not isinstance(error, ProgrammingError) and code is None:
        return ErrorKind.BUSY
    return ErrorKind.OURS


def busy(error: Exception) -> Busy:
    """The error as the loop wants it: its class and ClickHouse's number, nothing of its text."""
    code: Any = getattr(error, "code", None)
    if code in TIMEOUTS:
        trouble = Trouble.TIMEOUT
    elif code in OVERLOADS:
        trouble = Trouble.OVERLOADED
    elif code in FULL:
        trouble = Trouble.FULL
    elif code is None and isinstance(error, (OperationalError, OSError)):
        trouble = Trouble.UNREACHABLE
    else:
        trouble = Trouble.SERVER_ERROR
    number = "" if code is None else f", code {code}"
    return Busy(trouble, f"the store does not take it ({type(error).__name__}{number})")

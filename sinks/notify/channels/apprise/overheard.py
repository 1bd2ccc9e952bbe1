"""What apprise says of a failure: it returns yes or no, and writes the rest into its log.

Its log may hold addresses and credentials, so none of it goes any further: only the number of an error is taken out.
"""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LOGGER: Final = logging.getLogger("apprise")
BELOW: Final = ("urllib3", "oauthlib", "requests_oauthlib")
"""What apprise stands on writes paths and keys where it is asked for the finest."""
HTTP: Final = re.compile(r"\berror=(\d{3})\b")
SMTP: Final = re.compile(r"\((\d{3}), b['\"]")
CERTIFICATE: Final = "CERTIFICATE_VERIFY_FAILED"


class ErrorCodes(threading.local):
    """What was said in this thread.

    Args:
        http: The status of an HTTP answer; 0: none was named.
        smtp: The code of an SMTP answer; 0: none was named.
        is_distrusted: Whether the server's certificate was not accepted.
    """

    http = 0
    smtp = 0
    is_distrusted = False


CODES: Final = ErrorCodes()


class _CodeHandler(logging.Handler):
    """Takes the numbers out of what apprise writes."""

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            return
        if found := HTTP.search(text):
            CODES.http = int(found[1])
        if found := SMTP.search(text):
            CODES.smtp = int(found[1])
        CODES.is_distrusted |= CERTIFICATE in text


def listen() -> None:
    """From now on nothing that apprise writes goes to the log of the process."""
    if not any(isinstance(handler, _CodeHandler) for handler in LOGGER.handlers):
        LOGGER.handlers[:] = [_CodeHandler()]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.DEBUG)
    for name in BELOW:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))


@contextmanager
def hearing() -> Iterator[ErrorCodes]:
    """What is said meanwhile in this thread."""
    CODES.http = CODES.smtp = 0
    CODES.is_distrusted = False
    yield CODES

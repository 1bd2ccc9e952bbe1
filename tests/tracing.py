"""What of a run need not be traced where coverage is measured: tracing doubles what it costs, and triples the rules."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from coverage import Coverage
from coverage.exceptions import CoverageWarning

_FOR_CHILDREN: Final = "COVERAGE_PROCESS_CONFIG"


@contextmanager
def untraced() -> Iterator[None]:
    """Without the tracer of this process, if there is one, and without what makes coverage trace its children."""
    tracer, told = Coverage.current(), os.environ.pop(_FOR_CHILDREN, None)
    if tracer is not None:
        tracer.stop()
    try:
        yield
    finally:
        if tracer is not None:
            with warnings.catch_warnings():
                # It complains of what was imported before, which it has traced all along.
                warnings.simplefilter("ignore", CoverageWarning)
                tracer.start()
        if told is not None:
            os.environ[_FOR_CHILDREN] = told

"""Python imports this by itself in processes that have this folder on their path: their clock is off."""

import os
import time

_RIGHT = time.time
_OFF_S = float(os.environ["FLOODMARK_TEST_CLOCK_OFF_S"])
time.time = lambda: _RIGHT() + _OFF_S

"""`floodmark up` as people start it: the command, in a process of its own."""

import subprocess
import sys
from pathlib import Path

FLOODMARK = (sys.executable, "-P", "-m", "floodmark")


def run(data_dir: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Replay the sample and end."""
    command = (
        *FLOODMARK,
        "up",
        "--data-dir",
        str(data_dir),
        "--replay-sample",
        "--exit-when-done",
        "--no-gateway",
        *more,
    )
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

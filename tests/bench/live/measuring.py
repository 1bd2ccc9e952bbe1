"""Carries one run through; what keeps it from going through is part of its result."""

import os
from typing import Final

import psutil
from confluent_kafka import KafkaException

from tests.bench.live.bench import Bench
from tests.bench.live.checks import Part
from tests.bench.live.errand import ErrandError
from tests.bench.live.parts import Run
from tests.bench.live.watched import WorkerEnded

FAILURES: Final = (WorkerEnded, ErrandError, TimeoutError, KafkaException, psutil.Error)
"""What one run may end with; the others go on."""


def measure(bench: Bench, run: Run) -> list[Part]:
    """The parts that a run fills; each says whether it went through, and how busy the machine was."""
    parts = [Part(name) for name in run.names]
    bench.say(f"{', '.join(run.names)} ...")
    psutil.cpu_percent()
    try:
        run.measure(bench, *parts)
    except FAILURES as error:
        for part in parts:
            part.failure = f"{type(error).__name__}: {error}"
        bench.say(f"  {parts[0].failure}")
    machine = {"cpu_percent": psutil.cpu_percent(), "load": os.getloadavg()}
    for part in parts:
        part.figures["machine"] = machine
    return parts

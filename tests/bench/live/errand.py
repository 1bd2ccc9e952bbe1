"""A function in a process of its own, so that its CPU time and its waits are not the bench's."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Generic, Self, TypeVar

Plan = TypeVar("Plan")
Told = TypeVar("Told")
Stopped = Callable[[], bool]
Errand = Callable[[Plan, Stopped], Told]
"""Takes what it is to do, and a function that says whether it is to stop early; its result is sent back."""

END_S = 10.0


class ErrandError(Exception):
    """The other process did not send a result; the message says why."""


class ErrandProcess(Generic[Plan, Told]):
    """Runs an errand from the moment it is made; ended with the block at the latest.

    Args:
        errand: A function of a module.
        plan: What it is given.
    """

    def __init__(self, errand: Errand[Plan, Told], plan: Plan) -> None:
        # Not forked: librdkafka's threads do not live on in a fork.
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._answer, other = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(errand, plan, self._stop, other), daemon=True)
        self._process.start()
        other.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._answer.close()

    @property
    def pid(self) -> int | None:
        """Of the other process."""
        return self._process.pid

    def stop(self, within_s: float = END_S) -> Told:
        """Ask it to stop early; its result."""
        self._stop.set()
        return self.result(within_s)

    def result(self, within_s: float) -> Told:
        """Wait for the result.

        Raises:
            ErrandError: It did not come in time, or the errand raised.
        """
        if not self._answer.poll(within_s):
            raise ErrandError(f"no result within {within_s:.0f} s")
        try:
            told: Told | str
            went_well, told = self._answer.recv()
        except EOFError:
            raise ErrandError("the process ended without a result") from None
        if not went_well:
            raise ErrandError(str(told))
        return told  # type: ignore[return-value]


def _run(errand: Errand[Plan, Told], plan: Plan, stop: Event, answer: Connection) -> None:
    try:
        answer.send((True, errand(plan, stop.is_set)))
    except Exception as error:
        answer.send((False, repr(error)))
    finally:
        answer.close()

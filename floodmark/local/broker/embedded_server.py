"""Serves librdkafka's broker from a process of its own.

    python -m floodmark.local.broker.embedded_server --topics transactions:6,minutes:6

Prints `READY HOST:PORT` once it listens; ends on SIGTERM or Ctrl-C, and everything it held is gone.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from floodmark.local.broker.mock_cluster import MockCluster
from runtime.kafka.errors import BrokerError

READY = "READY"


def parse_topics(text: str) -> dict[str, int]:
    """Read `name:partitions,...`.

    Raises:
        argparse.ArgumentTypeError: An entry is not of that form, or has no partition.
    """
    topics = {}
    for entry in filter(None, text.split(",")):
        name, _, count = entry.partition(":")
        if not name or not count.isdecimal() or int(count) < 1:
            raise argparse.ArgumentTypeError(f"{entry!r} is not NAME:PARTITIONS with at least one partition")
        topics[name] = int(count)
    return topics


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; the exit code."""
    parser = argparse.ArgumentParser(prog="embedded_server", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--topics", type=parse_topics, default={}, metavar="NAME:PARTITIONS,...")
    topics = parser.parse_args(arguments).topics
    ends = {signal.SIGTERM, signal.SIGINT}
    # Blocked before librdkafka starts its threads, which inherit it: the signals then wait for `sigwait`.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        cluster = MockCluster(topics)
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    with cluster:
        print(READY, cluster.address, flush=True)
        _fall_silent()
        signal.sigwait(ends)
    return 0


def _fall_silent() -> None:
    """Write to nowhere from now on: nobody reads a pipe any more, and a full one would stop the broker."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())

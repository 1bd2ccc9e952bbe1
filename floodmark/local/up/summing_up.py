"""Gathers the summary of a run: from the store, from the broker's offsets, and what the replay said."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from floodmark.local.up.datadir import DataDir
from floodmark.local.up.plan import Options, typed_program
from floodmark.local.up.store_client import connect
from floodmark.local.up.summary import Run, ask, lines
from runtime.kafka.offsets import Offsets
from runtime.terminal import columns


def summary_lines(
    options: Options, data: DataDir, offsets: Offsets, replayed: Sequence[str], seconds: float
) -> list[str]:
    """The summary as it is printed.

    Raises:
        StoreUnreachableError: the store does not answer.
        OffsetsError: the broker does not answer.
    """
    topics = options.topics
    published, letters, late = (
        sum(offsets.ends([topic]).values()) for topic in (topics.transactions, topics.dead_letters, topics.late)
    )
    with connect(data.path, options.store_dsn) as client:
        stored = ask(client)
    run = Run(
        replayed=replayed,
        transactions=published,
        dead_letters=letters,
        late=late,
        seconds=seconds,
        data_dir=shlex.quote(typed_path(data.path)),
        program=shlex.quote(typed_program()),
    )
    return lines(stored, run, columns())


def typed_path(path: Path) -> str:
    """A path as people type it: relative to where they are, when it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

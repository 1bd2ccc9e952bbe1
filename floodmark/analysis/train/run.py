"""`floodmark train`, run: history in, a model file out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console

from floodmark.analysis.train.fit import Growth, NoScikitLearn, grown
from floodmark.analysis.train.history import Lessons, TrainingHistory, lessons
from processors.domain.window import start_ms
from processors.offline import OfflineRow
from processors.rules import load
from processors.rules.models import ModelFile, Training, sealed, written
from processors.settings import TimeSettings
from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_rows import RowError, RowFiles
from runtime.atomic_file import Draft, DraftError
from runtime.exits import Exit, fail
from runtime.settings import read_settings
from runtime.terminal import clean_console
from schemas.instants import from_ms

LEAST_MINUTES: Final = 1440
"""Minutes with data: a forest that has not seen a whole day takes the hours that it lacks for odd."""
LEAST_ROWS: Final = 600
"""Minutes that must be left when warm-up and incidents are taken out: fewer say too little of what is rare."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to learn from, how, and where to write it.

    Args:
        files: CSV files that carry a status.
        auth_codes: One that carries codes; None: none. Codes help to tell incidents, they are no features.
        out: The model file.
        growth: How to grow the forest.
        day: The day of files that have times only.
        skip_bad: Leave bad rows out.
        conventions: How the files are written.
    """

    files: Sequence[Path]
    auth_codes: Path | None
    out: Path
    growth: Growth
    day: date | None
    skip_bad: bool
    conventions: Conventions = AS_FOUND


class _Refused(Exception):
    """Wrong usage; the message says what to do."""


def run(job: TrainRequest) -> None:
    """Train, and write the model.

    Ends the process with 2 when the files cannot be used or hold too little, and with 1 when the model cannot be
    written; then a file that was there before stays as it is.
    """
    console = clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        _check_places(job)
        history = _read(job, console)
        learned = _learned(history)
        model = _model(job, history, learned)
        with Draft(job.out) as draft:
            draft.write_line(written(model))
            draft.finish()
            draft.publish()
    except (_Refused, RowError, NoScikitLearn) as error:
        fail(str(error), Exit.MISUSED)
    except DraftError as error:
        fail(str(error), Exit.FAILED)
    except OSError as error:
        fail(f"{error.filename} cannot be read: {error.strerror}; did it change meanwhile?", Exit.FAILED)
    console.print(
        f"{len(learned.rows):,} minutes taught {len(model.trees)} trees about {', '.join(model.statuses)}; "
        f"{learned.left_out:,} left out because of incidents; written to {job.out}, version {model.forest().version}"
    )


def _check_places(job: TrainRequest) -> None:
    read = {path.resolve() for path in (*job.files, job.auth_codes) if path is not None}
    if job.out.is_dir():
        raise _Refused(f"{job.out} is a folder; name a file in it")
    if not job.out.parent.is_dir():
        raise _Refused(f"{job.out} cannot be written: there is no folder {job.out.parent}; make it first")
    if job.out.resolve() in read:
        raise _Refused(f"{job.out} is to be read, so it cannot be written; name another file for the model")


def _read(job: TrainRequest, console: Console) -> TrainingHistory:
    history = TrainingHistory()
    for paths in (list(job.files), [job.auth_codes] if job.auth_codes else []):
        if not paths:
            continue
        files = RowFiles(paths, date=job.day, skip_bad=job.skip_bad, conventions=job.conventions)
        for note in files.reading.assumed:
            console.print(note)
        history.take(OfflineRow(r.timestamp_ms, r.status, r.auth_code, r.count, r.scope, r.amount or 0) for r in files)
        for sentence in files.reading.told_left_out():
            console.print(sentence)
    return history


def _learned(history: TrainingHistory) -> Lessons:
    minutes = len(history.minutes)
    if minutes < LEAST_MINUTES:
        raise _Refused(
            f"the history holds {minutes:,} minutes with data; at least a day of them ({LEAST_MINUTES:,}) is needed, "
            "better a week: name more files"
        )
    if not history.main:
        raise _Refused(
            "no status but the most frequent one comes often enough to learn from; name files with more traffic"
        )
    learned = lessons(history, load(), read_settings(TimeSettings).policy)
    if len(learned.rows) < LEAST_ROWS:
        raise _Refused(
            f"only {len(learned.rows):,} minutes of the history can teach, {learned.left_out:,} are left out because "
            f"of incidents; at least {LEAST_ROWS} are needed: name more files"
        )
    return learned


def _model(job: TrainRequest, history: TrainingHistory, learned: Lessons) -> ModelFile:
    fitted = grown(learned.rows, job.growth)
    first, last = min(history.minutes), max(history.minutes)
    scopes = {scope for tally in history.minutes.values() for scope in tally}
    model = ModelFile(
        statuses=history.main,
        samples=fitted.samples,
        offset=fitted.offset,
        quantiles=fitted.quantiles,
        training=Training(
            since=_instant(first),
            until=_instant(last),
            scopes=len(scopes),
            minutes=sum(map(len, history.minutes.values())),
            rows=len(learned.rows),
            left_out=learned.left_out,
            seed=job.growth.seed,
            contamination=job.growth.contamination,
        ),
        trees=fitted.trees,
    )
    return sealed(model)


def _instant(minute: int) -> str:
    return from_ms(start_ms(minute)).strftime("%Y-%m-%dT%H:%MZ")

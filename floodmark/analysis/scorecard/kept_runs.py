"""Runs of feeds that are kept in a folder, so that a scorecard which was stopped goes on where it was."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from floodmark.analysis.scorecard.feed_run import FeedRun
from runtime.atomic_file import Draft
from schemas.codec import NOT_DECODED


class KeptRunError(Exception):
    """A file of the folder cannot be read; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class KeptRuns:
    """One file for each feed, seed and version of the rules. What the code makes of them is not asked for.

    Args:
        folder: Where they lie; it is made when the first one is kept.
        version: That of the rules: runs of others are not seen.
    """

    folder: Path
    version: str

    def of(self, feed: str, seed: int) -> FeedRun | None:
        """The run that was kept; None: there is none.

        Raises:
            KeptRunError: There is one, and it cannot be read.
        """
        path = self._path(feed, seed)
        try:
            return msgspec.json.decode(path.read_bytes(), type=FeedRun)
        except FileNotFoundError:
            return None
        except (OSError, *NOT_DECODED) as error:
            raise KeptRunError(f"{path} is no run that can be gone on from ({error}); take the file away") from error

    def keep(self, run: FeedRun) -> None:
        """Keep a run, whole or not at all.

        Raises:
            KeptRunError: The folder cannot be made.
            DraftError: The file cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise KeptRunError(f"{self.folder} cannot be made: {error.strerror}; name another folder") from error
        with Draft(self._path(run.feed, run.seed)) as draft:
            draft.write_line(msgspec.json.encode(run, order="sorted"))
            draft.finish()
            draft.publish()

    def _path(self, feed: str, seed: int) -> Path:
        return self.folder / f"{feed}.{seed}.{self.version}.json"

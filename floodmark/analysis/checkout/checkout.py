"""The report on an hourly checkout file: read, compare, and say it where it was asked for."""

from dataclasses import dataclass
from pathlib import Path

from floodmark.analysis.checkout.checkout_file import CheckoutError, NothingToReportError, read
from floodmark.analysis.checkout.checkout_json import as_json
from floodmark.analysis.checkout.day import day_of
from floodmark.analysis.checkout.page import page
from floodmark.analysis.checkout.story import tell
from floodmark.analysis.checkout.terminal import show
from producers.files.numerals import Sign
from runtime.atomic_file import Draft, DraftError
from runtime.exits import Exit, fail
from runtime.output import print_json, to_stderr
from runtime.terminal import clean_console


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What to report on, and where to say it.

    Args:
        file: The checkout file.
        html: Where to write the page; None: no page.
        as_json: Print JSON instead of a table and sentences.
        decimal: The sign before decimals; None: as the file shows.
    """

    file: Path
    html: Path | None
    as_json: bool
    decimal: Sign | None = None


def run(job: CheckoutRequest) -> None:
    """Report on the file.

    Ends the process with 2 when it or the place for the page cannot be used, and with 1 when there is nothing in it
    to report on or the page cannot be written.
    """
    try:
        if job.html is not None:
            _check_place(job.html, job.file)
        day = day_of(read(job.file, job.decimal))
        story = tell(day)
        if job.html is not None:
            _write(job.html, page(day, story))
    except NothingToReportError as error:
        fail(str(error), Exit.FAILED)
    except CheckoutError as error:
        fail(str(error), Exit.MISUSED)
    except DraftError as error:
        fail(str(error), Exit.FAILED)
    if job.as_json:
        print_json(as_json(day, story), indent=2)
    else:
        show(day, story, clean_console(highlight=False, markup=False))
        if job.html is not None:
            to_stderr(f"The page is in {job.html}.")


def _check_place(place: Path, file: Path) -> None:
    if place.is_dir():
        raise CheckoutError(f"{place} is a folder; name a file in it")
    if not place.parent.is_dir():
        raise CheckoutError(f"{place} cannot be written: there is no folder {place.parent}; make it first")
    if place.resolve() == file.resolve():
        raise CheckoutError(f"{place} is to be read, so it cannot be written; name another file for the page")


def _write(place: Path, text: str) -> None:
    with Draft(place) as draft:
        draft.write_line(text.encode())
        draft.finish()
        draft.publish()

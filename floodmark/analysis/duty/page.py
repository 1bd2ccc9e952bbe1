"""The report of a shift as one page, for a screen or for paper."""

from floodmark.analysis.duty.figures import Duty
from floodmark.analysis.duty.sections import headline, sections
from floodmark.analysis.duty.stretch import Stretch
from floodmark.analysis.page import render


def page(duty: Duty, stretch: Stretch, scope: str, *, for_paper: bool) -> str:
    """The page as HTML; for paper it is light, A4, and breaks between parts."""
    return render.page(
        "shift.html",
        f"Floodmark: {stretch.name}",
        stretch=stretch,
        scope=scope or "all scopes",
        headline=headline(duty),
        is_quiet=not duty.open,
        parts=[*sections(duty, stretch.shown)],
        for_paper=for_paper,
    )

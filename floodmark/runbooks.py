"""The runbook pages that come with Floodmark."""

from pathlib import Path
from typing import Final

from processors.rules.runbooks import PAGES

PLACES: Final = (Path(__file__).parent / "runbook_pages", Path(__file__).parents[1] / "docs" / "runbooks")
"""In an installed package, and in the repository."""


def page(name: str) -> str:
    """The page as Markdown; `name` is that of a page.

    Raises:
        FileNotFoundError: The installation lacks its pages.
    """
    for place in PLACES:
        if (path := place / f"{name}.md").is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(f"the runbook pages are not in this installation: neither of {PLACES[0]} and {PLACES[1]}")


def titles() -> dict[str, str]:
    """The pages by name, with what each is about."""
    return {name: page(name).partition("\n")[0].removeprefix("# ") for name in sorted(PAGES)}

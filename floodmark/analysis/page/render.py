"""From a template to a page: one file that needs nothing else: no script, no font, no address."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from schemas.shown import shown


def _printed(value: object) -> object:
    """Every value that a template prints, with nothing in it that hides or turns round what is read."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _place(value: float) -> str:
    """A coordinate: a tenth of a unit is less than anybody sees."""
    return f"{value:.1f}"


_TEMPLATES: Final = Environment(
    loader=PackageLoader("floodmark.analysis.page"),
    autoescape=True,
    finalize=_printed,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["place"] = _place


def page(template: str, title: str, **values: object) -> str:
    """The page as HTML, in light or dark as the reader's screen is.

    Args:
        template: A file in `templates` that extends `frame.html`.
        title: Plain text.
        values: What the template names; texts are plain and are escaped when they are printed.
    """
    return _TEMPLATES.get_template(template).render(title=title, **values)

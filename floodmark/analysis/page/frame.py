"""What every page of ours is made of: one file that needs nothing else: no script, no font, no address."""

from collections.abc import Iterable
from html import escape as quoted
from typing import Final

from schemas.shown import shown

STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --dim: #5b6470; --grid: #e3e6ea; --seen: #0b4f9c;
  --band: #c9d3df; --expected: #6b7785; --yesterday: #b45309; --lastweek: #0f766e; --bad: #c81e1e; --back: #0369a1;
  --shade: #1b1f2430; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e8ebef; --dim: #a3adb8; --grid: #2c333b;
  --seen: #7ab8ff; --band: #36414d; --expected: #96a3b1; --yesterday: #f0a54a; --lastweek: #4fd1c0; --bad: #ff7070;
  --back: #5cc8f5; --shade: #e8ebef30; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 24px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
@media (max-width: 600px) { body { padding: 12px; } }
h1 { font-size: 1.5rem; margin: 0 0 4px; } h2 { font-size: 1.15rem; margin: 24px 0 4px; }
p { margin: 4px 0; max-width: 75ch; } .dim { color: var(--dim); } .quiet { color: var(--lastweek); }
.bad { color: var(--bad); }
svg { width: 100%; min-width: 640px; height: auto; margin-top: 12px; }
.scroll { overflow-x: auto; max-width: 100%; margin-top: 8px; overflow-wrap: normal;
  background: linear-gradient(to right, var(--paper) 50%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--paper) 50%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 16px 100% no-repeat,
    linear-gradient(to left, var(--shade), transparent) right / 16px 100% no-repeat; }
.grid { stroke: var(--grid); } .axis { fill: var(--dim); font-size: 12px; }
.band { fill: var(--band); opacity: .75; } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.seen { stroke: var(--seen); stroke-width: 3; } .line.expected { stroke: var(--expected); }
.line.yesterday { stroke: var(--yesterday); stroke-dasharray: 7 4; stroke-width: 1.6; }
.line.lastweek { stroke: var(--lastweek); stroke-dasharray: 2 4; stroke-width: 1.8; }
.shade.incident { fill: var(--bad); opacity: .18; } .shade.edge { fill: var(--bad); opacity: .08; }
.shade.rebound { fill: var(--back); opacity: .14; }
.label { font-size: 13px; font-weight: 600; } .label.incident { fill: var(--bad); }
.label.rebound { fill: var(--back); }
.point { fill: var(--seen); stroke: var(--paper); stroke-width: 1.5; } .point.incident { fill: var(--bad); }
.point.rebound { fill: var(--back); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: .9rem; color: var(--dim); }
.legend svg { width: 30px; min-width: 0; height: 12px; margin: 0 6px 0 0; vertical-align: middle; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: 3px 12px 3px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th { white-space: normal; vertical-align: bottom; } th:first-child, td:first-child, td:last-child { text-align: left; }
@media (max-width: 600px) { th:first-child, td:first-child { position: sticky; left: 0; background: var(--paper); } }
tr.incident td { color: var(--bad); font-weight: 600; } tr.rebound td { color: var(--back); font-weight: 600; }
tr.not-judged td { color: var(--dim); }
"""


def escape(text: str, *, quote: bool = True) -> str:
    """Text as it may stand in a page: no markup, and nothing that hides or turns round what is read."""
    return quoted(shown(text), quote=quote)


def document(title: str, parts: Iterable[str], *, style: str = "") -> str:
    """The page as HTML, in light or dark as the reader's screen is.

    Args:
        title: Plain text.
        parts: The body, as HTML.
        style: CSS of this kind of page, beside that of all.
    """
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title, quote=False)}</title>",
            f"<style>{STYLE}{style}</style></head><body>",
            *parts,
            "</body></html>",
            "",
        ]
    )


def scrolling(parts: Iterable[str], label: str) -> str:
    """What is wider than a phone, in a box of its own that scrolls, by keys as well.

    Args:
        parts: HTML.
        label: What it is, as plain text.
    """
    name = escape(label, quote=True)
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{"".join(parts)}</div>'


def nice(top: float) -> float:
    """A round number at or above `top`, at least 4, that four even steps lead to."""
    unit = 4.0
    while True:
        for factor in (1, 2, 3, 5, 6, 8):
            if unit * factor >= top:
                return unit * factor
        unit *= 10

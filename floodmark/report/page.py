"""The report as one page that needs nothing else: no script, no font, no address."""

from collections.abc import Iterator
from html import escape
from typing import Final

from floodmark.report.chart import EARLIER, chart
from floodmark.report.day import LABELS, Day
from floodmark.report.story import Story
from floodmark.report.wording import about

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --dim: #5b6470; --grid: #e3e6ea; --seen: #0b4f9c;
  --band: #c9d3df; --expected: #6b7785; --yesterday: #b45309; --lastweek: #0f766e; --bad: #c81e1e; --back: #0369a1; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e8ebef; --dim: #a3adb8; --grid: #2c333b;
  --seen: #7ab8ff; --band: #36414d; --expected: #96a3b1; --yesterday: #f0a54a; --lastweek: #4fd1c0; --bad: #ff7070;
  --back: #5cc8f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 24px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 4px; } h2 { font-size: 1.15rem; margin: 24px 0 4px; }
p { margin: 4px 0; max-width: 75ch; } .dim { color: var(--dim); } .quiet { color: var(--lastweek); }
.bad { color: var(--bad); }
svg { width: 100%; min-width: 640px; height: auto; margin-top: 12px; } .scroll { overflow-x: auto; }
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
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; margin-top: 8px; }
th, td { padding: 3px 12px 3px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th { white-space: normal; vertical-align: bottom; } th:first-child, td:first-child, td:last-child { text-align: left; }
tr.incident td { color: var(--bad); font-weight: 600; } tr.rebound td { color: var(--back); font-weight: 600; }
tr.not-judged td { color: var(--dim); }
"""


def page(day: Day, story: Story) -> str:
    """The page as HTML, in light or dark as the reader's screen is."""
    name = escape(day.checkout.path.name)
    headline = escape(story.headline, quote=True)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{name}: {headline}</title>",
            f"<style>{_STYLE}</style></head><body>",
            f'<p class="dim">Sales by hour: {name}</p>',
            f'<h1 class="{"bad" if day.incidents else "quiet"}">{headline}</h1>',
            f'<div class="scroll">{chart(day, headline)}</div>',
            _legend(day),
            *_paragraphs(story),
            "<h2>How this was found</h2>",
            *(f'<p class="dim">{escape(note)}</p>' for note in story.notes),
            "<h2>Hour by hour</h2>",
            *_table(day),
            "</body></html>",
            "",
        ]
    )


def _paragraphs(story: Story) -> Iterator[str]:
    for paragraph in story.incidents:
        yield f"<h2>{escape(paragraph.title)}</h2>"
        yield from (f"<p>{escape(sentence)}</p>" for sentence in paragraph.sentences.values())


def _legend(day: Day) -> str:
    lines = {"seen": "seen", "expected": "expected"}
    lines |= {css: LABELS[name] for name, css in EARLIER.items() if name in day.checkout.baselines}
    entries = [
        f'<span><svg viewBox="0 0 30 12"><path class="line {css}" d="M0 6 L30 6"/></svg>{label}</span>'
        for css, label in lines.items()
    ]
    entries.append(
        '<span><svg viewBox="0 0 30 12"><rect class="band" width="30" height="12"/></svg>95 % of such hours</span>'
    )
    return f'<div class="legend">{"".join(entries)}</div>'


def _table(day: Day) -> Iterator[str]:
    names = day.checkout.baselines
    heads = ("hour", "seen", "expected", "95 % band", "off", *(LABELS[name] for name in names), "")
    yield (
        '<div class="scroll"><table><thead><tr>'
        + "".join(f"<th>{head}</th>" for head in heads)
        + "</tr></thead><tbody>"
    )
    for hour in day.hours:
        role, usual, off = day.roles[hour.slot.at], hour.expected, hour.deviation
        cells = [
            f"{hour.slot.at:02} h",
            "" if hour.slot.seen is None else f"{hour.slot.seen:,}",
            "" if usual is None else about(usual.count.mean),
            "" if usual is None else f"{usual.low:,} to {usual.high:,}",
            "" if off is None else f"{'+' if off > 0 else ''}{about(off)}",
            *("" if (v := hour.slot.baselines.get(name)) is None else about(v) for name in names),
            "" if role == "in line" else role,
        ]
        yield f'<tr class="{role.replace(" ", "-")}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table></div>"

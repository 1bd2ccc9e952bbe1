"""The report as one page that needs nothing else: no script, no font, no address."""

from collections.abc import Iterator

from floodmark.analysis.checkout.chart import EARLIER, chart
from floodmark.analysis.checkout.day import LABELS, Day
from floodmark.analysis.checkout.story import Story
from floodmark.analysis.page.frame import document, escape, scrolling
from runtime.numbers import about


def page(day: Day, story: Story) -> str:
    """The page as HTML, in light or dark as the reader's screen is."""
    name = escape(day.checkout.path.name)
    headline = escape(story.headline, quote=True)
    body = [
        f'<p class="dim">Sales by hour: {name}</p>',
        f'<h1 class="{"bad" if day.incidents else "quiet"}">{headline}</h1>',
        scrolling([chart(day, headline)], story.headline),
        _legend(day),
        *_paragraphs(story),
        "<h2>How this was found</h2>",
        *(f'<p class="dim">{escape(note)}</p>' for note in story.notes),
        "<h2>Hour by hour</h2>",
        scrolling(_table(day), "Hour by hour"),
    ]
    return document(f"{day.checkout.path.name}: {story.headline}", body)


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
    yield "<table><thead><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead><tbody>"
    for hour in day.hours:
        role, usual, off = day.roles[hour.slot.at], hour.expected, hour.deviation
        cells = [
            f"{hour.slot.name:02} h",
            "" if hour.slot.seen is None else f"{hour.slot.seen:,}",
            "" if usual is None else about(usual.count.mean),
            "" if usual is None else f"{usual.low:,} to {usual.high:,}",
            "" if off is None else f"{'+' if off > 0 else ''}{about(off)}",
            *("" if (v := hour.slot.baselines.get(name)) is None else about(v) for name in names),
            "" if role == "in line" else role,
        ]
        yield f'<tr class="{role.replace(" ", "-")}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table>"

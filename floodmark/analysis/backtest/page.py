"""A back-test as one page that needs nothing else: the summary, a table of the incidents, and a chart of each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.backtest.strip_chart import chart
from floodmark.analysis.backtest.strips import Strips
from floodmark.analysis.backtest.tally import Tally
from floodmark.analysis.backtest.wording import causes, instant, loss, net, subject, until
from floodmark.analysis.checkout.wording import joined
from floodmark.analysis.page.frame import document, escape, scrolling
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet
from runtime.numbers import about

CHARTS: Final = 200
"""So many incidents are drawn; a page with more would not open."""
_STYLE: Final = """
td, td:last-child { text-align: left; vertical-align: top; } td.number, th.number { text-align: right; }
th { text-align: left; } td.why { white-space: normal; min-width: 12em; }
.critical { color: var(--bad); font-weight: 600; } .warning { color: var(--yesterday); font-weight: 600; }
.info { color: var(--dim); } a { color: inherit; } .line.thin { stroke-width: 1.6; }
"""


@dataclass(frozen=True, slots=True)
class BackTest:
    """What is on the page.

    Args:
        files: Names of the files that were judged.
        rules: The rules in use.
        tally: What was judged.
        incidents: By opening.
        strips: The minutes around them.
    """

    files: Sequence[str]
    rules: RuleSet
    tally: Tally
    incidents: Sequence[Incident]
    strips: Strips


def page(test: BackTest) -> str:
    """The page as HTML."""
    count = len(test.incidents)
    headline = f"{count:,} incident{'' if count == 1 else 's'} in {test.tally.days:.1f} days"
    body = [
        f'<p class="dim">Judged minute by minute: {escape(joined(test.files))}</p>',
        f'<h1 class="{"bad" if count else "quiet"}">{headline}</h1>',
        f"<p>{escape(test.tally.extent(test.rules))}.</p>",
        *_summary(test),
        *(("<h2>Incidents</h2>", scrolling(_table(test), "Incidents")) if count else ()),
        *(part for number, incident in enumerate(test.incidents[:CHARTS], 1) for part in _one(test, number, incident)),
    ]
    if count > CHARTS:
        body.append(f'<p class="dim">The first {CHARTS} incidents are drawn.</p>')
    return document(f"{joined(test.files)}: {headline}", body, style=_STYLE)


def _summary(test: BackTest) -> Iterator[str]:
    if not test.incidents:
        return
    severities = Counter[str](incident.severity for incident in test.incidents)
    keys = Counter(subject(incident) for incident in test.incidents)
    names = Counter(name for incident in test.incidents for name in incident.rules)
    yield f"<p>{test.tally.a_day:.1f} a day; {_counts(severities)}.</p>"
    yield f"<p>By key: {_counts(keys)}. By rule: {_counts(names)}.</p>"
    lost = sum(incident.lost for incident in test.incidents)
    if lost:
        left = sum(net(incident) for incident in test.incidents)
        yield f"<p>Lost, as far as is known: {about(lost)} transactions gross, {about(left)} net of what came back.</p>"


def _counts(counter: Counter[str]) -> str:
    return escape(", ".join(f"{name} {count}" for name, count in counter.most_common()))


def _table(test: BackTest) -> Iterator[str]:
    heads = ("", "since (UTC)", "until", "what", "severity", "causes", "lost", "rules")
    yield "<table><thead><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead>"
    yield "<tbody>"
    for number, incident in enumerate(test.incidents, 1):
        link = f'<a href="#i{number}">{number}</a>' if number <= CHARTS else f"{number}"
        yield (
            f"<tr><td>{link}</td><td>{instant(incident.since)}</td><td>{until(incident)}</td>"
            f"<td>{escape(subject(incident))}</td>"
            f'<td class="{incident.severity}">{incident.severity}</td><td>{escape(causes(incident))}</td>'
            f'<td class="number">{loss(incident)}</td><td class="why">{escape(", ".join(incident.rules))}</td></tr>'
        )
    yield "</tbody></table>"


def _one(test: BackTest, number: int, incident: Incident) -> Iterator[str]:
    title = f"{number}. {subject(incident)}, {instant(incident.since)} to {until(incident)}"
    if not incident.resolved:
        title = f"{number}. {subject(incident)}, since {instant(incident.since)}, goes on"
    yield f'<h2 id="i{number}">{escape(title)} <span class="{incident.severity}">{incident.severity}</span></h2>'
    strip = test.strips.of(incident)
    if strip:
        yield scrolling([chart(incident, strip, title)], title)
    yield f'<p class="dim">Count by minute on its expected band. Found at {instant(incident.opened)}.</p>'
    yield from _sentences(test.rules, incident)


def _sentences(rules: RuleSet, incident: Incident) -> Iterator[str]:
    yield f"<p>{escape('; '.join(incident.because))}.</p>"
    told = []
    if incident.causes:
        told.append(f"Explained by {causes(incident)}.")
    if incident.lost:
        told.append(f"Transactions lost: {loss(incident)}.")
    if told:
        yield f"<p>{escape(' '.join(told))}</p>"
    known = [rule for rule in rules.rules if rule.name in incident.rules]
    yield from (f"<p>{escape(text)}</p>" for text in _once(rule.recommendation for rule in known))
    if books := [_read_on(book) for book in _once(rule.runbook for rule in known)]:
        yield f'<p class="dim">Runbook: {", ".join(books)}</p>'


def _read_on(book: str) -> str:
    """A link where it is one, else its words: the command that prints a page, or what the rule file says."""
    is_link = book.startswith(("https://", "http://"))
    return f'<a href="{escape(book)}">{escape(book)}</a>' if is_link else f"<code>{escape(book)}</code>"


def _once(words: Iterable[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word]

"""A back-test as one page: the summary, a table of the incidents, and a chart of each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.backtest.strip_chart import chart
from floodmark.analysis.backtest.strips import Strips
from floodmark.analysis.backtest.tally import Tally
from floodmark.analysis.backtest.wording import causes, instant, loss, net, subject, until
from floodmark.analysis.checkout.wording import joined
from floodmark.analysis.page import render
from floodmark.analysis.page.chart import Chart
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet
from processors.domain.window import start_ms
from runtime.numbers import about
from schemas.instants import stretch_of_ms

MAX_DRAWN: Final = 200
"""How many incidents are drawn; a page with more would not open."""


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


@dataclass(frozen=True, slots=True)
class IncidentSection:
    """An incident's own part of the page."""

    title: str
    found: str
    chart: Chart | None
    sentences: Sequence[str]
    runbooks: Sequence[str]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident in the table, in words, and its section when it has one."""

    since: str
    until: str
    subject: str
    severity: str
    causes: str
    loss: str
    rules: str
    section: IncidentSection | None


def page(test: BackTest) -> str:
    """The page as HTML."""
    count = len(test.incidents)
    files = joined(test.files)
    headline = f"{count:,} incident{'' if count == 1 else 's'} in {test.tally.days:.1f} days"
    return render.page(
        "incidents.html",
        f"{files}: {headline}",
        files=files,
        headline=headline,
        extent=test.tally.extent(test.rules),
        summary=[*_summary(test)],
        incidents=[_row(test, number, incident) for number, incident in enumerate(test.incidents, 1)],
        not_drawn=max(0, count - MAX_DRAWN),
        drawn_at_most=MAX_DRAWN,
    )


def _summary(test: BackTest) -> Iterator[str]:
    if not test.incidents:
        return
    severities = Counter[str](incident.severity for incident in test.incidents)
    keys = Counter(subject(incident) for incident in test.incidents)
    names = Counter(name for incident in test.incidents for name in incident.rules)
    yield f"{test.tally.a_day:.1f} a day; {_counts(severities)}."
    yield f"By key: {_counts(keys)}. By rule: {_counts(names)}."
    lost = sum(incident.lost for incident in test.incidents)
    if lost:
        left = sum(net(incident) for incident in test.incidents)
        yield f"Lost, as far as is known: {about(lost)} transactions gross, {about(left)} net of what came back."


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common())


def _row(test: BackTest, number: int, incident: Incident) -> IncidentRow:
    return IncidentRow(
        since=instant(incident.since),
        until=until(incident),
        subject=subject(incident),
        severity=incident.severity,
        causes=causes(incident),
        loss=loss(incident),
        rules=", ".join(incident.rules),
        section=_section(test, number, incident) if number <= MAX_DRAWN else None,
    )


def _section(test: BackTest, number: int, incident: Incident) -> IncidentSection:
    when = stretch_of_ms(start_ms(incident.since), start_ms(incident.last_seen))
    if not incident.resolved:
        when = f"since {instant(incident.since)} UTC, goes on"
    title = f"{number}. {subject(incident)}, {when}"
    strip = test.strips.of(incident)
    known = [rule for rule in test.rules.rules if rule.name in incident.rules]
    return IncidentSection(
        title=title,
        found=f"{instant(incident.opened)} UTC",
        chart=chart(incident, strip, title) if strip else None,
        sentences=[*_sentences(incident), *_once(rule.recommendation for rule in known)],
        runbooks=_once(rule.runbook for rule in known),
    )


def _sentences(incident: Incident) -> Iterator[str]:
    yield f"{'; '.join(incident.because)}."
    known = []
    if incident.causes:
        known.append(f"Explained by {causes(incident)}.")
    if incident.lost:
        known.append(f"Transactions lost: {loss(incident)}.")
    if known:
        yield " ".join(known)


def _once(words: Iterable[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word]

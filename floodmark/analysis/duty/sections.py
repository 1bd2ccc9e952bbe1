"""What is told of those on duty, part by part, for a screen, a terminal and a chat alike."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from floodmark.analysis.duty.figures import NEAR, Duty
from floodmark.queries.rows import Row
from schemas.durations import seconds_long

LISTED: Final = 20
"""So many incidents are listed."""
SILENCES: Final = "Silences that end soon"
"""The title of the part about them."""
Align = Literal["left", "right"]
Clock = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts.

    Args:
        heads: Of each column its name and where its cells stand.
        rows: The cells.
    """

    heads: Sequence[tuple[str, Align]]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: a title, sentences, and perhaps a table before them."""

    title: str
    sentences: Sequence[str]
    table: TextTable | None = None


def headline(duty: Duty) -> str:
    """The whole in one line."""
    return f"{_incidents(len(duty.opened))} opened, {len(duty.open)} open at its end; {_lost(duty)}"


def sections(duty: Duty, clock: Clock) -> Iterator[Section]:
    """All parts, the most urgent first.

    Args:
        duty: The figures.
        clock: An instant as the reader's clock shows it.
    """
    yield _open(duty, clock)
    yield _acknowledged(duty)
    yield _cost(duty)
    yield Section("How fast", list(_pace(duty)))
    yield _rules(duty)
    yield _near(duty, clock)
    yield _silences(duty, clock)
    yield _messages(duty)


def _open(duty: Duty, clock: Clock) -> Section:
    if not duty.open:
        return Section("Open at its end", ["No incident is open."])
    rows = [
        (
            clock(_at(row["since"])),
            row["severity"],
            _series(row),
            _taken(row, clock),
            f"{float(row['net_loss_transactions']):,.0f}",
        )
        for row in duty.open[:LISTED]
    ]
    heads: list[tuple[str, Align]] = [
        ("since", "left"),
        ("severity", "left"),
        ("series", "left"),
        ("taken by", "left"),
        ("lost, net", "right"),
    ]
    more = len(duty.open) - LISTED
    return Section("Open at its end", [f"And {more} more."] if more > 0 else [], TextTable(heads, rows))


def _taken(row: Row, clock: Clock) -> str:
    """Who is on an incident, and until when where they said so."""
    if not row["acknowledged_by"]:
        return "nobody"
    until = row["acknowledged_until"]
    return f"{row['acknowledged_by']} until {clock(_at(until))}" if until else str(row["acknowledged_by"])


def _acknowledged(duty: Duty) -> Section:
    if not duty.acknowledged:
        return Section("Acknowledged", ["No incident was acknowledged."])
    rows = [
        (who, str(len(taken)), ", ".join(sorted({_series(row) for row in taken})))
        for who, taken in duty.acknowledged.items()
    ]
    return Section("Acknowledged", [], TextTable([("by", "left"), ("incidents", "right"), ("series", "left")], rows))


def _cost(duty: Duty) -> Section:
    if not duty.opened:
        return Section("What it cost", ["No incident was opened."])
    gross, net = duty.lost("loss_transactions"), duty.lost("net_loss_transactions")
    money = [
        f"In amounts: {duty.lost('loss_amount'):,.0f} gross, {duty.lost('net_loss_amount'):,.0f} net, in minor units."
    ]
    return Section(
        "What it cost",
        [
            f"{_incidents(len(duty.opened))} opened; they lost {gross:,.0f} transactions gross.",
            f"{gross - net:,.0f} of these came back later, so that {net:,.0f} are lost net.",
            *(money if duty.lost("loss_amount") else ()),
        ],
    )


def _pace(duty: Duty) -> Iterator[str]:
    """Means over what people and the judge did; where nothing was done there is no mean."""
    if not duty.opened:
        yield "No incident was opened, so there is nothing to measure."
        return
    for name, what, nothing in (
        ("seconds_to_open", "From the first minute to the first word (MTTD)", ""),
        (
            "seconds_to_acknowledge",
            "To an acknowledgement (MTTA)",
            "No incident was acknowledged, so there is no MTTA.",
        ),
        ("seconds_to_resolve", "Until it was over (MTTR)", "No incident is over, so there is no MTTR."),
    ):
        mean = duty.mean_of(name)
        yield nothing if mean is None else f"{what}: {seconds_long(mean[0])}, in the mean of {_incidents(mean[1])}."
    if (between := duty.between) is None:
        yield "One incident alone says nothing of how far they are apart (MTBF)."
    else:
        yield f"From the begin of one to that of the next (MTBF): {seconds_long(between)}, in the mean."


def _rules(duty: Duty) -> Section:
    if not duty.rules:
        return Section("Noisiest rules", ["No rule opened an incident."])
    rows = [(rule, f"{incidents:,}", f"{statements:,}") for rule, incidents, statements in duty.rules]
    heads: list[tuple[str, Align]] = [("rule", "left"), ("incidents", "right"), ("statements", "right")]
    return Section("Noisiest rules", [], TextTable(heads, rows))


def _near(duty: Duty, clock: Clock) -> Section:
    if not duty.near:
        return Section(
            "Near misses", ["Whatever a rule found became an incident, or came while one was open in its scope."]
        )
    rows = [
        (
            clock(_at(row["minute"])),
            _series(row),
            f"{int(row['count']):,}",
            "" if row["expected"] is None else f"{float(row['expected']):,.1f}",
            f"{float(row['score']):.0f}",
            f"{int(row['minutes']):,}",
            ", ".join(row["rules"]),
        )
        for row in duty.near
    ]
    heads: list[tuple[str, Align]] = [
        ("minute", "left"),
        ("series", "left"),
        ("count", "right"),
        ("expected", "right"),
        ("score", "right"),
        ("minutes", "right"),
        ("found by", "left"),
    ]
    said = [f"The {NEAR} with the highest scores."] if len(rows) == NEAR else []
    return Section(
        "Near misses",
        [
            "A rule found something while no incident was open in the scope. The worst minute of each.",
            *said,
        ],
        TextTable(heads, rows),
    )


def _silences(duty: Duty, clock: Clock) -> Section:
    if duty.silences is None:
        return Section(SILENCES, ["Not asked for: they are on the broker, and none is named (--broker)."])
    if not duty.silences:
        return Section(SILENCES, ["None."])
    rows = [(clock(one.ends_at), one.what, one.author, one.reason) for one in duty.silences]
    heads: list[tuple[str, Align]] = [("ends", "left"), ("hides", "left"), ("by", "left"), ("why", "left")]
    return Section(SILENCES, [], TextTable(heads, rows))


def _messages(duty: Duty) -> Section:
    if not duty.messages:
        return Section("Messages to people", ["None is stored."])
    rows = [
        (row["channel"], *(f"{int(row[name]):,}" for name in ("messages", "taken", "refused", "overdue")))
        for row in duty.messages
    ]
    heads: list[tuple[str, Align]] = [
        ("channel", "left"),
        ("messages", "right"),
        ("taken", "right"),
        ("refused", "right"),
        ("overdue", "right"),
    ]
    return Section("Messages to people", ["Of all scopes."], TextTable(heads, rows))


def _lost(duty: Duty) -> str:
    return f"{duty.lost('net_loss_transactions'):,.0f} transactions lost, net"


def _incidents(count: int) -> str:
    return f"{count:,} incident{'' if count == 1 else 's'}"


def _series(row: Row) -> str:
    return f"{row['scope']} {row['dimension']} {row['key']}"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

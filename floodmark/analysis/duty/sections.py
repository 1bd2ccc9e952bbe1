"""What is told of those on duty, part by part, for a screen, a terminal and a chat alike."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from floodmark.analysis.duty.figures import NEAR, Duty
from floodmark.analysis.duty.words import ENGLISH, ReportWords
from floodmark.queries.rows import Row

MAX_LISTED: Final = 20
"""How many incidents are listed."""
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


def headline(duty: Duty, words: ReportWords = ENGLISH) -> str:
    """The whole in one line."""
    lost = words.say("net_lost", count=words.number(duty.lost("net_loss_transactions")))
    return words.say("duty", opened=words.incidents(len(duty.opened)), open=words.number(len(duty.open)), lost=lost)


def sections(duty: Duty, clock: Clock, words: ReportWords = ENGLISH) -> Iterator[Section]:
    """All parts, the most urgent first.

    Args:
        duty: The figures.
        clock: An instant as the reader's clock shows it.
        words: The reader's language.
    """
    yield _open(duty, clock, words)
    yield _acknowledged(duty, words)
    yield _cost(duty, words)
    yield Section(words.say("pace"), list(_pace(duty, words)))
    yield _rules(duty, words)
    yield _near(duty, clock, words)
    yield _silences(duty, clock, words)
    yield _messages(duty, words)


def _heads(words: ReportWords, heads: str) -> list[tuple[str, Align]]:
    """The columns of these names; those that begin with `>` have numbers."""
    found: list[tuple[str, Align]] = []
    for head in heads.split():
        name = words.say(f"head_{head.removeprefix('>')}")
        found.append((name, "right" if head.startswith(">") else "left"))
    return found


def _open(duty: Duty, clock: Clock, words: ReportWords) -> Section:
    title = words.say("open_at_end")
    if not duty.open:
        return Section(title, [words.say("none_open")])
    rows = [
        (
            clock(_at(row["since"])),
            words.severity(row["severity"]),
            _series(row),
            _taken(row, clock, words),
            words.number(float(row["net_loss_transactions"])),
        )
        for row in duty.open[:MAX_LISTED]
    ]
    more = len(duty.open) - MAX_LISTED
    said = [words.say("more", count=more)] if more > 0 else []
    return Section(title, said, TextTable(_heads(words, "since severity series taken_by >lost"), rows))


def _taken(row: Row, clock: Clock, words: ReportWords) -> str:
    """Who is on an incident, and until when where they said so."""
    if not row["acknowledged_by"]:
        return words.say("nobody")
    who, until = str(row["acknowledged_by"]), row["acknowledged_until"]
    return words.say("until", who=who, until=clock(_at(until))) if until else who


def _acknowledged(duty: Duty, words: ReportWords) -> Section:
    title = words.say("acknowledged")
    if not duty.acknowledged:
        return Section(title, [words.say("none_acknowledged")])
    rows = [
        (who, str(len(taken)), ", ".join(sorted({_series(row) for row in taken})))
        for who, taken in duty.acknowledged.items()
    ]
    return Section(title, [], TextTable(_heads(words, "by >incidents series"), rows))


def _cost(duty: Duty, words: ReportWords) -> Section:
    title = words.say("cost")
    if not duty.opened:
        return Section(title, [words.say("none_opened")])
    gross, net = duty.lost("loss_transactions"), duty.lost("net_loss_transactions")
    amounts = {name: words.number(duty.lost(f"{place}loss_amount")) for name, place in (("gross", ""), ("net", "net_"))}
    return Section(
        title,
        [
            words.say("gross", opened=words.incidents(len(duty.opened)), gross=words.number(gross)),
            words.say("net", back=words.number(gross - net), net=words.number(net)),
            *((words.say("money", **amounts),) if duty.lost("loss_amount") else ()),
        ],
    )


def _pace(duty: Duty, words: ReportWords) -> Iterator[str]:
    """Means over what people and the judge did; where nothing was done there is no mean."""
    if not duty.opened:
        yield words.say("nothing_to_measure")
        return
    for name, what in (("seconds_to_open", "mttd"), ("seconds_to_acknowledge", "mtta"), ("seconds_to_resolve", "mttr")):
        mean = duty.mean_of(name)
        if mean is not None:
            said = {"what": words.say(what), "time": words.long(mean[0]), "incidents": words.incidents(mean[1])}
            yield words.say("mean", **said)
        elif what != "mttd":
            yield words.say(f"no_{what}")
    if (between := duty.between) is None:
        yield words.say("no_mtbf")
    else:
        yield words.say("mtbf", time=words.long(between))


def _rules(duty: Duty, words: ReportWords) -> Section:
    title = words.say("rules")
    if not duty.rules:
        return Section(title, [words.say("no_rule")])
    rows = [(rule, words.number(incidents), words.number(statements)) for rule, incidents, statements in duty.rules]
    return Section(title, [], TextTable(_heads(words, "rule >incidents >statements"), rows))


def _near(duty: Duty, clock: Clock, words: ReportWords) -> Section:
    title = words.say("near")
    if not duty.near:
        return Section(title, [words.say("no_near")])
    rows = [
        (
            clock(_at(row["minute"])),
            _series(row),
            words.number(int(row["count"])),
            "" if row["expected"] is None else words.number(float(row["expected"]), 1),
            words.number(float(row["score"])),
            words.number(int(row["minutes"])),
            ", ".join(row["rules"]),
        )
        for row in duty.near
    ]
    said = [words.say("near_most", count=NEAR)] if len(rows) == NEAR else []
    heads = _heads(words, "minute series >count >expected >score >minutes found_by")
    return Section(title, [words.say("near_said"), *said], TextTable(heads, rows))


def _silences(duty: Duty, clock: Clock, words: ReportWords) -> Section:
    title = words.say("silences")
    if duty.silences is None:
        return Section(title, [words.say("not_asked")])
    if not duty.silences:
        return Section(title, [words.say("none")])
    rows = [(clock(one.ends_at), one.what, one.author, one.reason) for one in duty.silences]
    return Section(title, [], TextTable(_heads(words, "ends hides by why"), rows))


def _messages(duty: Duty, words: ReportWords) -> Section:
    title = words.say("messages")
    if not duty.messages:
        return Section(title, [words.say("none_stored")])
    rows = [
        (row["channel"], *(words.number(int(row[name])) for name in ("messages", "taken", "refused", "overdue")))
        for row in duty.messages
    ]
    heads = _heads(words, "channel >messages >taken >refused >overdue")
    return Section(title, [words.say("all_scopes")], TextTable(heads, rows))


def _series(row: Row) -> str:
    return f"{row['scope']} {row['dimension']} {row['key']}"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""Dead letters as commands: shown as a table or as JSON, and sent again."""

import base64
import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from floodmark.local.up.running import away, settings_here
from producers.errors import PublishError
from producers.resend.dead_letters import Letter, ReadError, ResendableLetters, ResendResult
from producers.resend.edits import correction
from producers.resend.resent import ResentError
from runtime.exits import Exit, Misused, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.rights import require
from runtime.kafka.topics import describe
from runtime.output import print_json, to_stderr, to_stdout
from runtime.terminal import clean_console
from schemas.instants import from_ms, to_the_second
from schemas.rights import DLQ, of_command
from schemas.shown import shown
from schemas.topics import Topics

PREVIEW: Final = 60
"""How many characters of a value fit into the table."""
WHY: Final = 300
"""How many characters of why a sink has put it aside."""
WIDE: Final = 140
"""In a narrower terminal each letter has lines of its own, not a row of a table."""
TAIL: Final = 10_000
"""How many of the last letters are read to show some, unless all are asked for: a million take half a minute."""
PLACE: Final = re.compile(r"([0-9]{1,5}):([0-9]{1,18})")


def show(given: dict[str, Any], reason: str | None, limit: int, *, as_json: bool, read_all: bool = False) -> None:
    """Print the last `limit` letters, of the last `TAIL` unless all are to be read.

    Ends the process with 3 when the broker does not answer.
    """
    cluster, topics, partitions = _reached(given)
    last: deque[Letter] = deque(maxlen=limit)
    reasons: Counter[str] = Counter()
    kept = left_out = 0
    if topics.dead_letters in partitions:
        try:
            with ResendableLetters(cluster, topics, partitions[topics.dead_letters]) as letters:
                for letter in letters.letters(None if read_all else max(TAIL, limit)):
                    if not letter.copy:
                        reasons[_reason(letter)] += 1
                        if reason in (None, _reason(letter)):
                            last.append(letter)
                kept, left_out = letters.kept, letters.left_out
        except ReadError as error:
            fail(str(error), Exit.UNREACHABLE)
        except ResentError as error:
            fail(str(error), Exit.FAILED)
    unread = _unread(kept, left_out) if left_out else ""
    if as_json:
        _print_as_json(last, unread)
        return
    console = clean_console(highlight=False)
    _show(console, last, reason, reasons, _nothing(topics, reason, reasons))
    if unread:
        console.print(unread, markup=False)


def _print_as_json(letters: Iterable[Letter], unread: str) -> None:
    for letter in letters:
        print_json(_as_json(letter))
    if unread:
        to_stderr(unread)


def _show(console: Console, last: Sequence[Letter], reason: str | None, reasons: Counter[str], nothing: str) -> None:
    """The letters as a table, or in lines where there is no room for one; `nothing` where there are none."""
    if last:
        console.print(_table(last) if console.width >= WIDE else _in_lines(last))
        shown = "" if reason is None else f" for {reason}"
        total = reasons.total() if reason is None else reasons[reason]
        console.print(f"{len(last):,} of {total:,} dead letters{shown}. By reason: {_counted(reasons)}.", markup=False)
    else:
        console.print(nothing, markup=False)


def send_again(given: dict[str, Any], reason: str | None, offsets: Sequence[str], settings: Sequence[str]) -> None:
    """Send the chosen letters again and say what came of it; ends the process when anything is wrong."""
    try:
        places, edited = {_place(text) for text in offsets}, correction(settings)
    except ValueError as error:
        raise Misused(str(error)) from error
    cluster, topics, partitions = _reached(given)
    if topics.dead_letters not in partitions:
        to_stdout(_nothing(topics, None, Counter()))
        return
    if topics.transactions not in partitions:
        fail(f"there is no topic {topics.transactions} to send to; start a worker, which makes it", Exit.UNREACHABLE)
    reasons: Counter[str] = Counter()

    def chosen(letter: Letter) -> bool:
        reasons[_reason(letter)] += 1
        return reason in (None, _reason(letter)) and (not places or (letter.partition, letter.offset) in places)

    try:
        with ResendableLetters(cluster, topics, partitions[topics.dead_letters]) as letters:
            sinks = {
                name: partitions[name] for name in (topics.alerts, topics.minutes, topics.late) if name in partitions
            }
            outcome = letters.send_again(chosen, edited, partitions[topics.transactions], read_by_sinks=sinks)
    except ReadError as error:
        fail(str(error), Exit.UNREACHABLE)
    except (PublishError, ResentError) as error:
        fail(str(error), Exit.FAILED)
    if outcome.sent or outcome.returned or outcome.before or outcome.kept:
        to_stdout(_outcome(outcome, topics))
    elif places and reasons:
        to_stdout(
            f"No letter of {topics.dead_letters} was chosen: see `floodmark dlq list` for partitions and offsets."
        )
    else:
        to_stdout(_nothing(topics, reason, reasons))


def _reached(given: dict[str, Any]) -> tuple[Cluster, Topics, dict[str, int]]:
    """The cluster, the topics, and how many partitions each existing one has."""
    settings = settings_here(given)
    cluster = settings.cluster
    topics = Topics(settings.topic_prefix)
    try:
        found = describe(cluster, within_s=settings.reached_within_s)
        require(cluster, of_command(topics, DLQ), DLQ)
    except BrokerError as error:
        fail(away(error, settings), Exit.UNREACHABLE)
    return cluster, topics, {name: state.partitions for name, state in found.items()}


def _outcome(outcome: ResendResult, topics: Topics) -> str:
    sentences = [
        f"{count:,} sent to {topic} again, for the sink that had put them aside."
        for topic, count in outcome.returned.items()
    ]
    if outcome.sent or not sentences:
        sentences.insert(0, f"{outcome.sent:,} dead letters sent to {topics.transactions} again, all acknowledged.")
    if outcome.before:
        sentences.append(f"{outcome.before:,} had been sent before and were left out.")
    sentences += [f"{count:,} not sent: each {why}." for why, count in outcome.kept.items()]
    if outcome.example:
        sentences.append(f"The first of those: {outcome.example}.")
    return " ".join(sentences)


def _nothing(topics: Topics, reason: str | None, reasons: Counter[str]) -> str:
    if not reasons:
        return f"No dead letters in {topics.dead_letters}: every record so far could be read."
    return f"No dead letters for {reason}. There are some for: {_counted(reasons)}."


def _unread(kept: int, left_out: int) -> str:
    read = kept - left_out
    return f"Only the last {read:,} of {kept:,} records on the topic were read; --all reads them all."


def _table(letters: Sequence[Letter] | deque[Letter]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("at", "put aside", "reason", "field", "from", "again", "value"):
        table.add_column(name, overflow="fold", no_wrap=name != "value")
    for letter in letters:
        about = letter.about
        table.add_row(
            f"{letter.partition}:{letter.offset}",
            to_the_second(_instant(letter.put_aside_ms)),
            Text(_reason(letter)),
            Text(about.field if about else ""),
            Text(about.key.decode() if about else ""),
            "sent" if letter.resent else "",
            Text("\n".join([*why(letter), _preview(letter.value)])),
        )
    return table


def _in_lines(letters: Iterable[Letter]) -> Group:
    return Group(*(_lines(letter) for letter in letters))


def _lines(letter: Letter) -> Text:
    about = letter.about
    parts = [f"field {about.field}" if about and about.field else "", f"from {about.key.decode()}" if about else ""]
    return Text.assemble(
        (f"{letter.partition}:{letter.offset}", "bold"), f"  {to_the_second(_instant(letter.put_aside_ms))}  ",
        (_reason(letter), "red"), *(f"  {part}" for part in parts if part), "  sent again" if letter.resent else "",
        *(f"\n    {line}" for line in (*why(letter), _preview(letter.value))), overflow="fold",
    )  # fmt: skip


def why(letter: Letter) -> list[str]:
    """Who put it aside and why, in one line where that is no worker: of those the reason and the field say it all."""
    if letter.about is None or not letter.about.sink:
        return []
    said = shown(letter.about.detail, keep="")
    return [said if len(said) <= WHY else f"{said[: WHY - 1]}…"]


def _preview(value: bytes | None) -> str:
    """The beginning of a value, printable on any terminal."""
    if value is None:
        return "(null)"
    text = value[: 4 * PREVIEW].decode("utf-8", "backslashreplace")
    safe = shown(text, keep="")
    return safe if len(safe) <= PREVIEW and len(value) <= 4 * PREVIEW else f"{safe[:PREVIEW]}… ({len(value):,} bytes)"


def _as_json(letter: Letter) -> dict[str, Any]:
    found: dict[str, Any] = {
        "partition": letter.partition,
        "offset": letter.offset,
        "put_aside_at": _instant(letter.put_aside_ms).isoformat(),
        "sent_again": letter.resent,
        "about": letter.about.model_dump() if letter.about else None,
    }
    try:
        return found | {"value": None if letter.value is None else letter.value.decode()}
    except UnicodeDecodeError:
        return found | {"value_base64": base64.b64encode(letter.value or b"").decode()}


def _reason(letter: Letter) -> str:
    return letter.about.reason if letter.about else "foreign"


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in reasons.most_common())


def _instant(instant_ms: int) -> datetime:
    return from_ms(max(0, instant_ms))


def _place(text: str) -> tuple[int, int]:
    found = PLACE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no place of a letter; write PARTITION:OFFSET as `floodmark dlq list` shows it")
    return int(found[1]), int(found[2])

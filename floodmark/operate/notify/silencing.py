"""`floodmark silences`, run: make, show and end what people do not want to be told of."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import structs
from rich.table import Table

from floodmark.operate.notify.silences_there import Place
from floodmark.operate.notify.wishes import Wish
from runtime.exits import Misused
from runtime.output import print_json, to_stdout
from runtime.terminal import clean_console
from schemas.durations import seconds_long
from schemas.instants import instant_of_ms
from schemas.severity import RANK
from schemas.shown import shown
from sinks.notify.preview import needed
from sinks.notify.silences import Hidden, Silence, what

MAX_NAMED: Final = 5
"""How many incidents that a silence hides are named."""


def create(given: dict[str, Any], wish: Wish, is_sure: Callable[[], object], *, as_json: bool) -> None:
    """Make a silence, and say what it accepts and when it ends.

    Args:
        given: Where.
        wish: Which.
        is_sure: Called when it can be made, before it is; what it raises keeps it from being made.
        as_json: Print JSON.

    Raises:
        Misused: it cannot be made, or would break at once.
    """
    now = datetime.now(UTC)
    silence, place = wish.silence(int(now.timestamp() * 1000)), Place(given)
    if (more := needed(silence, place.open_alerts(), now)) is not None:
        levels = [f"--accept {more.accepts}"] * (more.accepts != silence.accepts)
        levels += [f"--accept-lost {more.accepts_lost} or more"] * (more.accepts_lost != silence.accepts_lost)
        raise Misused(f"{more.why}. No silence is made; give {' '.join(levels)}", levels[0].split()[0])
    is_sure()
    place.write(silence)
    if as_json:
        print_json(structs.asdict(silence))
        return
    to_stdout(
        f"The silence {silence.id} hides {_what(silence)} until {instant_of_ms(silence.ends_ms)}"
        f"{_ends_sooner(silence)}. "
        f"It {_breaks(silence)}. End it with `floodmark silences expire {silence.id}`."
    )


def show(given: dict[str, Any], *, everything: bool, as_json: bool) -> None:
    """Print the silences: those that are on or to come, or all."""
    now_ms = int(time.time() * 1000)
    found = [one for one in Place(given).read() if everything or (one.ended_ms is None and now_ms < one.ends_ms)]
    if as_json:
        for one in found:
            print_json(structs.asdict(one))
    elif found:
        clean_console(highlight=False, markup=False).print(_table(found, now_ms))
    else:
        to_stdout("There are no silences." if everything else "No silence is on. `--all` shows those that have ended.")


def show_one(given: dict[str, Any], silence_id: str, *, as_json: bool) -> None:
    """Print one silence with all that it has hidden.

    Raises:
        Misused: there is no such silence.
    """
    found = _named(Place(given).read(), silence_id)
    if as_json:
        print_json(structs.asdict(found))
        return
    now_ms = int(time.time() * 1000)
    rows = [
        ("silence", found.id),
        ("hides", _what(found)),
        ("from", instant_of_ms(found.begins_ms)),
        ("until", f"{_until(found, now_ms)}{'' if found.ended_ms else _ends_sooner(found)}"),
        ("ended by", found.ended_by),
        ("made by", found.author),
        ("why", found.reason),
        ("tripwire", _breaks(found)),
        ("told of its end", "yes, by the channels of these routes" if found.is_reported and found.routes else ""),
        ("routes", ", ".join(found.routes)),
        ("has hidden", _counted(found)),
    ]
    facts = Table(show_header=False, box=None, pad_edge=False)
    for name, words in rows:
        if words:
            facts.add_row(name, shown(words, keep="", mark="·"))
    console = clean_console(highlight=False, markup=False)
    console.print(facts)
    if found.hidden:
        table = Table("incident", "severity", "what", "lost", "now", box=None, pad_edge=False, header_style="bold")
        for name, each in sorted(found.hidden.items(), key=lambda item: (-RANK[item[1].severity], -item[1].lost)):
            series = shown(f"{each.key} of {each.scope}", keep="", mark="·")
            table.add_row(name, each.severity, series, f"{each.lost:,.0f}", "over" if each.is_over else "open")
        console.print(table)


def expire(given: dict[str, Any], silence_id: str, by: str) -> None:
    """End a silence.

    Raises:
        Misused: there is no such silence, or it has ended.
    """
    place = Place(given)
    found = _named(place.read(), silence_id)
    now_ms = int(time.time() * 1000)
    if found.ended_ms is not None or now_ms >= found.ends_ms:
        raise Misused(f"{found.id} has ended already, at {instant_of_ms(found.ended_ms or found.ends_ms)}", "SILENCE")
    place.write(structs.replace(found, ended_ms=now_ms, ended_why="expired", ended_by=by))
    hidden = [one for one in found.hidden.values() if not one.is_over]
    said = f"{len(hidden):,} that it hides will be told now" if hidden else "nothing that it hid is open"
    to_stdout(f"The silence {found.id} has ended: {said}.")


def _named(silences: list[Silence], silence_id: str) -> Silence:
    found = next((one for one in silences if one.id == silence_id.strip()), None)
    if found is None:
        raise Misused(f"there is no silence {silence_id!r}; `floodmark silences list --all` shows all", "SILENCE")
    return found


def _counted(silence: Silence) -> str:
    hidden = silence.hidden.values()
    still = sum(not each.is_over for each in hidden)
    lost = sum(each.lost for each in hidden)
    many = f"{len(hidden):,} incident{'s' * (len(hidden) != 1)}"
    return f"{many}, {still:,} still open, {lost:,.0f} transactions lost" if hidden else "nothing"


def _what(silence: Silence) -> str:
    return shown(what(silence), keep="", mark="·")


def _breaks(silence: Silence) -> str:
    parts = [] if silence.accepts == "critical" else [f"more severe than {silence.accepts}"]
    if silence.accepts_lost is not None:
        parts.append(f"losing more than {silence.accepts_lost:,} transactions")
    return f"breaks when something is {' or '.join(parts)}" if parts else "never breaks: it accepts everything"


def _ends_sooner(silence: Silence) -> str:
    parts = [", or when all that it hides is over"] if silence.until_cleared else []
    if silence.idle_ms is not None:
        parts.append(f", or when it has matched nothing for {seconds_long(silence.idle_ms / 1000)}")
    return "".join(parts)


def _table(silences: list[Silence], now_ms: int) -> Table:
    table = Table("silence", "hides", "until", "by", "why", "has hidden", box=None, pad_edge=False, header_style="bold")
    for one in silences:
        table.add_row(
            one.id,
            _what(one),
            _until(one, now_ms),
            shown(one.author, keep="", mark="·"),
            shown(one.reason, keep="", mark="·"),
            _hidden(list(one.hidden.values())),
        )
    return table


def _until(one: Silence, now_ms: int) -> str:
    if one.ended_ms is not None:
        return f"ended {instant_of_ms(one.ended_ms)} ({one.ended_why or 'expired'})"
    left = seconds_long((one.ends_ms - now_ms) / 1000)
    return (
        f"{instant_of_ms(one.ends_ms)} ({left} left)"
        if now_ms < one.ends_ms
        else f"ended {instant_of_ms(one.ends_ms)} (time)"
    )


def _hidden(hidden: list[Hidden]) -> str:
    worst = sorted(hidden, key=lambda each: (-RANK[each.severity], -each.lost))
    words = [f"{each.severity} {each.key} of {each.scope}" for each in worst[:MAX_NAMED]]
    if len(worst) > MAX_NAMED:
        words.append(f"{len(worst) - MAX_NAMED:,} more")
    return shown(", ".join(words), keep="", mark="·") or "nothing"

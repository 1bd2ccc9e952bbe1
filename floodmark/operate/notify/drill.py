"""`floodmark drill`, run: an incident that is none goes the way of all others to people, and is timed."""

import getpass
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from floodmark.local.up.running import away, settings_here
from floodmark.operate.notify.receipt_tail import ReceiptTail
from floodmark.operate.topics_there import require_topics
from producers.errors import PublishError
from producers.publisher import Deliveries
from runtime.exits import Exit, Misused, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.output import print_json, to_stdout
from runtime.terminal import clean_console
from schemas.alert import Alert
from schemas.codec import alert_record
from schemas.durations import seconds_long
from schemas.rights import DRILL
from schemas.shown import shown
from schemas.topics import Topics
from sinks.notify.notification import CALLS
from sinks.notify.receipts import DeliveryReceipt
from sinks.notify.routing.file import RoutingError, read
from sinks.notify.routing.model import Routing

COMMAND: Final = "floodmark drill"
MINUTE: Final = timedelta(minutes=1)
PUBLISHED_WITHIN_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Timed:
    """What a channel of a team did with the drill.

    Args:
        team: Whose.
        channel: Which.
        outcome: `delivered`, `refused`, or `nothing` where no word of it has come in time.
        seconds_to_page: From the beginning of the drill to the channel's answer; none: it has not taken it.
        answer: What it said.
    """

    team: str
    channel: str
    outcome: str
    seconds_to_page: float | None = None
    answer: str = ""


def drill(given: dict[str, Any], routes: Path, team: str | None, within_s: float, *, as_json: bool) -> None:
    """Call each team, or one, through all its channels; print how long each took, and end the process.

    It ends with 0 when all have taken it in time, else with 1; with 3 when the broker does not answer.

    Raises:
        Misused: the routing file cannot be used, or the team is told through no channel.
    """
    wanted = channels_by_team(routes, team)
    settings = settings_here(given)
    cluster, topics = settings.cluster, Topics(settings.topic_prefix)
    try:
        require_topics(settings, (topics.alerts, topics.receipts), COMMAND, DRILL)
        tail = ReceiptTail(cluster, topics.receipts, topics.helper_group("drill"), settings.reached_within_s)
        try:
            timed = _timed(cluster, topics, wanted, tail, within_s)
        finally:
            tail.close()
    except BrokerError as error:
        fail(away(error, settings), Exit.UNREACHABLE, by=COMMAND)
    except PublishError as error:
        fail(str(error), Exit.UNREACHABLE, by=COMMAND)
    _print(timed, within_s, as_json=as_json)
    raise SystemExit(Exit.FINE if all(one.outcome == "delivered" for one in timed) else Exit.FAILED)


def channels_by_team(routes: Path, team: str | None) -> dict[str, tuple[str, ...]]:
    """The channels of the team, or of each that is told through any.

    Raises:
        Misused: the file cannot be used, or there are none.
    """
    try:
        routing: Routing = read(routes).routing
    except RoutingError as error:
        raise Misused(str(error), "--routes") from error
    if team is not None and team not in routing.teams:
        raise Misused(f"there is no team {team!r} in {routes}; there are: {', '.join(sorted(routing.teams))}", "--team")
    names = list(routing.teams) if team is None else [team]
    found = {name: channels for name in names if (channels := routing.channels_of(name))}
    if not found:
        raise Misused(f"no route in {routes} tells {team or 'anybody'} of anything", "--routes")
    return found


def drill_alert(team: str, name: str, by: str, at: datetime) -> Alert:
    """What is said of a drill that begins now.

    Args:
        team: Who is called.
        name: Of the drill, of this one alone.
        by: Who has begun it.
        at: When: the end of what stands for its first minute, so that time to page counts from here.
    """
    return Alert(
        incident_id=f"drill-{name}",
        state="firing",
        severity="critical",
        scope=team,
        dimension="status",
        key="drill",
        timestamp=at - MINUTE,
        since=at - MINUTE,
        last_seen=at - MINUTE,
        observed=0,
        summary=f"{by} tries whether people are reached. Nothing is wrong, and nothing of this is counted.",
        rule_set="drill",
        version=int(at.timestamp() * 1_000_000),
    )


def timed_by(
    wanted: Mapping[str, Sequence[str]], alerts: Mapping[str, Alert], receipts: Iterable[DeliveryReceipt]
) -> list[Timed]:
    """What each channel has done, as far as these receipts say; a page that was overdue may still be taken."""
    known: dict[tuple[str, str], Timed] = {}
    names = {alert.incident_id: team for team, alert in alerts.items()}
    for receipt in receipts:
        team = names.get(receipt.incidents[0]) if receipt.drill and len(receipt.incidents) == 1 else None
        if team is not None and receipt.kind in CALLS and receipt.what not in ("overdue", "unreached"):
            took_s = round((receipt.at_ms - receipt.event_ms) / 1000 - MINUTE.total_seconds(), 3)
            taken = max(0.0, took_s) if receipt.what == "delivered" else None
            known.setdefault((team, receipt.channel), Timed(team, receipt.channel, receipt.what, taken, receipt.detail))
    places = [(team, channel) for team, channels in wanted.items() for channel in channels]
    return [known.get(place, Timed(*place, "nothing")) for place in places]


def _timed(
    cluster: Cluster, topics: Topics, wanted: Mapping[str, Sequence[str]], tail: ReceiptTail, within_s: float
) -> list[Timed]:
    by, at = shown(getpass.getuser(), keep=""), datetime.now(UTC)
    alerts = {team: drill_alert(team, secrets.token_hex(8), by, at) for team in wanted}
    heard: list[DeliveryReceipt] = []
    deadline = time.monotonic() + within_s
    try:
        _say(cluster, topics, alerts)
        timed = timed_by(wanted, alerts, heard)
        while any(one.outcome == "nothing" for one in timed) and time.monotonic() < deadline:
            heard += tail.news(0.2)
            timed = timed_by(wanted, alerts, heard)
        return timed
    finally:
        # Also after Ctrl-C: those who were called hear of the end.
        ends = {"state": "resolved", "revision": 2}
        _say(cluster, topics, {team: alert.model_copy(update=ends) for team, alert in alerts.items()})


def _say(cluster: Cluster, topics: Topics, alerts: Mapping[str, Alert]) -> None:
    deliveries = Deliveries(cluster, topics.alerts, {"message.timeout.ms": PUBLISHED_WITHIN_MS})
    for team, alert in alerts.items():
        key, value = alert_record(alert, drill=team)
        while not deliveries.offer(value, 0, key):
            pass
    deliveries.flush()


def _print(timed: Sequence[Timed], within_s: float, *, as_json: bool) -> None:
    if as_json:
        for one in timed:
            print_json(asdict(one))
        return
    table = Table("team", "channel", "time to page", "answer", box=None, pad_edge=False, header_style="bold")
    for one in timed:
        took = f"{one.seconds_to_page:.1f} s" if one.seconds_to_page is not None else one.outcome
        if one.outcome == "nothing":
            took = f"not taken within {seconds_long(within_s)}"
        table.add_row(one.team, one.channel, took, shown(one.answer, keep="", mark="·"))
    clean_console(highlight=False, markup=False).print(table)
    if all(one.outcome == "nothing" for one in timed):
        to_stdout("No channel has taken it. Does a notifier run with these routes? `floodmark doctor` says so.")

"""`floodmark ack` from start to end."""

import secrets
import socket
from datetime import UTC, datetime
from typing import Any, Final

from floodmark.gateway.actions.publishing import after, judge_word, ms_of, publish
from floodmark.local.up.running import away, settings_here
from floodmark.operate.acknowledge.wish import AcknowledgeWish, Words, words_of
from processors.domain.judging.acknowledging import Acknowledgement, Release, counts
from processors.domain.judging.timeline_state import Acknowledged
from processors.domain.window import STREAM
from producers.errors import PublishError
from runtime.exits import Exit, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.judges import judges_of
from runtime.kafka.rights import require
from runtime.kafka.topics import describe, ensure_topics
from runtime.output import to_stdout
from schemas.action import MAX_PLACE, Action
from schemas.instants import instant_of, instant_of_ms
from schemas.rights import ACK, of_command
from schemas.severity import RANK, Severity
from schemas.topics import Topics
from sinks.live.incident import AlertWords, IncidentReader

TAKEN_UP_WITHIN_S: Final = 10.0
MAX_SHOWN: Final = 5
"""How many open incidents are named when the one asked for is not known."""


def acknowledge(given: dict[str, Any], wish: AcknowledgeWish) -> None:
    """Do what is asked for, and say what came of it; ends the process when it cannot be done."""
    words = words_of(wish)
    settings = settings_here(given)
    cluster = settings.cluster
    topics = Topics(settings.topic_prefix)
    try:
        found = describe(cluster, within_s=settings.reached_within_s)
        partitions = {name: topic.partitions for name, topic in found.items()}
        require(cluster, of_command(topics, ACK), ACK)
        judged = topics.changelog("judgements")
        for topic in (topics.alerts, topics.partials, judged):
            if topic not in partitions:
                fail(
                    f"There is no topic {topic} at {cluster}. Give --broker and --topic-prefix as the workers "
                    "have them.",
                    Exit.MISUSED,
                )
        with IncidentReader(cluster, topics.alerts, words.incident_id, topics.helper_group("ack")) as story:
            story.read()
            alert = _open_alert(story, words, cluster)
            action = _action(alert, words)
            _leave_as_it_is(alert, action)
            if topics.commands not in partitions:
                specs = [spec for spec in topics.specs(1) if spec.name == topics.commands]
                ensure_topics(cluster, specs, replication=settings.replication)
            # Not the partitions of transactions: these may have become more, and judges stay as many as they were.
            publish(cluster, topics, judges_of(cluster, topics, partitions), [action])
            _confirm(story, words, action)
    except BrokerError as error:
        fail(away(error, settings), Exit.UNREACHABLE)
    except PublishError as error:
        fail(f"{error} Nothing is acknowledged; try again.", Exit.AGAIN)


def _open_alert(story: IncidentReader, words: Words, cluster: Cluster) -> AlertWords:
    """What was said last of the incident; ends the process when there is nothing to do about it."""
    alert = story.last
    if alert is None:
        fail(f"There is no incident {words.incident_id!r} at {cluster}. {_open(story)}", Exit.MISUSED)
    if alert.is_over:
        to_stdout(f"{_named(alert)} is {alert.state}: there is nothing to {words.kind}.")
        raise SystemExit(Exit.FINE)
    if alert.dimension == STREAM:
        fail(f"{_named(alert)} tells of the stream itself, once: it cannot be acknowledged.", Exit.MISUSED)
    return alert


def _leave_as_it_is(alert: AlertWords, action: Action) -> None:
    """End the process where nothing would change: with 0 where all is as it was asked for."""
    word, before = judge_word(action), _taken(alert)
    if isinstance(word, Acknowledgement) and before is not None and not counts(word, before, _severity(alert.severity)):
        if before.by != word.by:
            fail(_is_taken(alert, before), Exit.FAILED)
        if action.note:
            fail(f"{_is_taken(alert, before)} A note of yours is kept then.", Exit.FAILED)
        to_stdout(f"{_named(alert)} is acknowledged already, by {_since_when(before)}.")
        raise SystemExit(Exit.FINE)
    if isinstance(word, Release) and before is None:
        to_stdout(f"{_named(alert)} has nobody on it: there is nothing to release.")
        raise SystemExit(Exit.FINE)


def _is_taken(alert: AlertWords, before: Acknowledged) -> str:
    """That somebody has it, and what to do about it."""
    return (
        f"{_named(alert)} is taken by {_since_when(before)}. Nothing was changed: "
        f"`floodmark ack {alert.incident_id} --take-over` takes it over."
    )


def _since_when(before: Acknowledged) -> str:
    until = "" if before.until_ms is None else f" until {instant_of_ms(before.until_ms)}"
    return f"{before.by} since {instant_of_ms(before.at_ms)}{until}"


def _taken(alert: AlertWords) -> Acknowledged | None:
    if alert.acknowledged_by is None or alert.acknowledged_at is None:
        return None
    until = alert.acknowledged_until
    return Acknowledged(
        alert.acknowledged_by,
        ms_of(datetime.fromisoformat(alert.acknowledged_at)),
        _severity(alert.acknowledged_severity or alert.severity),
        until_ms=None if until is None else ms_of(datetime.fromisoformat(until)),
    )


def _severity(word: str) -> Severity:
    """The severity; the highest for a word that is none, so that nothing counts as worse."""
    return next((severity for severity in RANK if severity == word), "critical")


def _action(alert: AlertWords, words: Words) -> Action:
    """What is noted, and told to the judge of the scope."""
    before = None if alert.acknowledged_at is None else datetime.fromisoformat(alert.acknowledged_at)
    at = after(before, datetime.now(UTC))
    return Action(
        action_id=secrets.token_hex(16),
        incident_id=words.incident_id,
        action=words.kind,
        by=words.by,
        at=at,
        source=f"command {socket.gethostname()}"[:MAX_PLACE],
        note=words.note,
        assignee=words.who if words.kind == "assign" else "",
        until=None if words.lasts is None else at + words.lasts,
        scope=alert.scope,
        severity=alert.severity,
        revision=alert.revision,
    )


def _confirm(story: IncidentReader, words: Words, action: Action) -> None:
    """Wait until the judge has said so."""
    releases = words.kind == "unacknowledge"

    def has_said_so(alert: AlertWords) -> bool:
        before, at_ms = _taken(alert), ms_of(action.at)
        if releases:
            return alert.is_over or before is None or before.at_ms > at_ms
        return alert.is_over or (before is not None and before.at_ms >= at_ms)

    if not story.follow(has_said_so, TAKEN_UP_WITHIN_S):
        fail(
            f"The judge has been told, but has not said so within {TAKEN_UP_WITHIN_S:.0f} s. It counts as soon as a "
            "worker takes it up, unless none knows this incident any more; saying it again does no harm. "
            "`floodmark doctor` says whether workers run.",
            Exit.AGAIN,
        )
    alert = story.last
    if alert is None or alert.is_over:
        named = _named(alert) if alert else words.incident_id
        to_stdout(f"{named} ended meanwhile: there is nothing to {words.kind}.")
    elif releases:
        to_stdout(f"{_named(alert)} has nobody on it any more.")
    elif alert.acknowledged_by != words.who and (before := _taken(alert)) is not None:
        fail(_is_taken(alert, before), Exit.FAILED)
    else:
        until = "" if alert.acknowledged_until is None else f" until {instant_of(alert.acknowledged_until)}"
        to_stdout(f"{_named(alert)} is acknowledged by {alert.acknowledged_by}{until}.")


def _open(story: IncidentReader) -> str:
    if not story.open:
        return "No incident is open there: are --broker and --topic-prefix those of the workers?"
    latest = sorted(story.open.values(), key=lambda alert: alert.since, reverse=True)
    more = " …" if len(latest) > MAX_SHOWN else ""
    return f"Open are: {'; '.join(_named(alert) for alert in latest[:MAX_SHOWN])}{more}."


def _named(alert: AlertWords) -> str:
    return f"{alert.incident_id} ({alert.severity}, {alert.key} in {alert.scope} since {instant_of(alert.since)})"

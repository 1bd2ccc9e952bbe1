"""`floodmark ack` from start to end."""

import getpass
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from floodmark.gateway.actions.publishing import publish
from floodmark.local.up.running import settings_here
from processors.domain.window import STREAM
from producers.errors import PublishError
from runtime.exits import Exit, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.rights import require
from runtime.kafka.topics import describe, ensure_topics
from runtime.output import to_stdout
from schemas.action import MAX_PLACE, Action
from schemas.rights import ACK, of_command
from schemas.topics import Topics
from sinks.live.incident import AlertWords, IncidentReader

TAKEN_UP_WITHIN_S: Final = 10.0
MAX_NAME: Final = 100
MAX_NOTE: Final = 1000
SHOWN: Final = 5
"""So many open incidents are named when the one asked for is not known."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: who is on which incident, and why."""

    incident_id: str
    by: str
    note: str


def acknowledge(given: dict[str, Any], incident_id: str, by: str | None, note: str) -> None:
    """Acknowledge the incident, and say what came of it; ends the process when it cannot be done."""
    words = Words(incident_id.strip(), _name(by), _text("--note", note, MAX_NOTE))
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
            alert = _acknowledgeable(story, words, cluster)
            if topics.commands not in partitions:
                specs = [spec for spec in topics.specs(1) if spec.name == topics.commands]
                ensure_topics(cluster, specs, replication=settings.replication)
            # Not the partitions of transactions: these may have become more, and judges stay as many as they were.
            publish(cluster, topics, partitions[judged], _action(alert, words))
            _confirm(story, words)
    except BrokerError as error:
        fail(str(error), Exit.UNREACHABLE)
    except PublishError as error:
        fail(f"{error} Nothing is acknowledged; try again.", Exit.AGAIN)


def _acknowledgeable(story: IncidentReader, words: Words, cluster: Cluster) -> AlertWords:
    """What was said last of the incident; ends the process when there is nothing to acknowledge."""
    alert = story.last
    if alert is None:
        fail(f"There is no incident {words.incident_id!r} at {cluster}. {_open(story)}", Exit.MISUSED)
    if alert.is_over:
        to_stdout(f"{_named(alert)} is {alert.state}: there is nothing to acknowledge.")
        raise SystemExit(Exit.FINE)
    if alert.dimension == STREAM:
        fail(f"{_named(alert)} tells of the stream itself, once: it cannot be acknowledged.", Exit.MISUSED)
    if alert.acknowledged_by is not None:
        to_stdout(f"{_named(alert)} is acknowledged already, by {alert.acknowledged_by} at {alert.acknowledged_at}.")
        raise SystemExit(Exit.FINE)
    return alert


def _action(alert: AlertWords, words: Words) -> Action:
    """What is noted, and told to the judge of the scope."""
    return Action(
        action_id=secrets.token_hex(16),
        incident_id=words.incident_id,
        action="acknowledge",
        by=words.by,
        at=datetime.now(UTC),
        source=f"command {socket.gethostname()}"[:MAX_PLACE],
        note=words.note,
        scope=alert.scope,
        severity=alert.severity,
        revision=alert.revision,
    )


def _confirm(story: IncidentReader, words: Words) -> None:
    """Wait until the judge has said so."""
    if not story.follow(lambda alert: alert.is_over or alert.acknowledged_by is not None, TAKEN_UP_WITHIN_S):
        fail(
            f"The judge has been told, but has not said so within {TAKEN_UP_WITHIN_S:.0f} s. It counts as soon as a "
            "worker takes it up, unless none knows this incident any more; saying it again does no harm. "
            "`floodmark doctor` says whether workers run.",
            Exit.AGAIN,
        )
    alert = story.last
    if alert is None or alert.acknowledged_by is None:
        to_stdout(f"{_named(alert) if alert else words.incident_id} ended meanwhile: there is nothing to acknowledge.")
    elif alert.acknowledged_by != words.by:
        to_stdout(f"{_named(alert)} was acknowledged a moment before, by {alert.acknowledged_by}.")
    else:
        to_stdout(f"{_named(alert)} is acknowledged by {alert.acknowledged_by}.")


def _name(by: str | None) -> str:
    if by is None:
        try:
            by = getpass.getuser()
        except (KeyError, OSError):
            fail("It is not known who you are: say so with --by.", Exit.MISUSED)
    name = _text("--by", by, MAX_NAME)
    if not name:
        fail("--by is empty: name who is on the incident.", Exit.MISUSED)
    return name


def _text(option: str, text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) > most or not text.isprintable():
        fail(f"{option} takes up to {most} characters that can be printed.", Exit.MISUSED)
    return text


def _open(story: IncidentReader) -> str:
    if not story.open:
        return "No incident is open there: are --broker and --topic-prefix those of the workers?"
    latest = sorted(story.open.values(), key=lambda alert: alert.since, reverse=True)
    return f"Open are: {'; '.join(_named(alert) for alert in latest[:SHOWN])}{' …' if len(latest) > SHOWN else ''}."


def _named(alert: AlertWords) -> str:
    return f"{alert.incident_id} ({alert.severity}, {alert.key} in {alert.scope} since {alert.since})"

"""Where silences lie: read with what the notifier knows of them, and written."""

from typing import Any

from confluent_kafka import KafkaException

from floodmark.local.up.running import away, settings_here
from runtime.exits import Exit, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.rights import require
from runtime.kafka.topics import describe, ensure_topics
from schemas.alert import Alert
from schemas.rights import SILENCES, of_command
from schemas.topics import Topics
from sinks.live.incident import IncidentReader
from sinks.notify import journal
from sinks.notify.silence_topic import SilenceTopic, write
from sinks.notify.silences import Silence, merged


class Place:
    """Where silences lie; the process ends with 3 when the broker does not answer."""

    def __init__(self, given: dict[str, Any]) -> None:
        settings = settings_here(given)
        self._cluster: Cluster = settings.cluster
        self._topics, self._within_s = Topics(settings.topic_prefix), settings.reached_within_s
        mine = (self._topics.silences, self._topics.notifications)
        try:
            require(self._cluster, of_command(self._topics, SILENCES), SILENCES)
            specs = [spec for spec in self._topics.specs(1) if spec.name in mine]
            ensure_topics(self._cluster, specs, replication=settings.replication, within_s=self._within_s)
        except BrokerError as error:
            fail(away(error, settings), Exit.UNREACHABLE)

    def read(self) -> list[Silence]:
        """All silences, with what the notifier knows of them, the last one first."""
        group = self._topics.helper_group("silences")
        try:
            topic = SilenceTopic(self._cluster, self._topics.silences, group)
            asked = topic.all(self._within_s)
            topic.close()
            known = journal.read(self._cluster, self._topics.notifications, group, self._within_s).silences
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)
        except KafkaException as error:
            fail(f"Kafka has not told what silences hide: {error.args[0].str()}. Try again.", Exit.UNREACHABLE)
        return merged(asked, known)

    def open_alerts(self) -> list[Alert]:
        """What was said last of each incident that is open; none where there is no topic of alerts yet."""
        try:
            if self._topics.alerts not in describe(self._cluster, within_s=self._within_s):
                return []
            with IncidentReader(self._cluster, self._topics.alerts, "", self._topics.helper_group("silences")) as read:
                read.read()
                return list(read.alerts)
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)

    def write(self, silence: Silence) -> None:
        """Write one, or its end."""
        try:
            write(self._cluster, self._topics.silences, silence, self._within_s)
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)

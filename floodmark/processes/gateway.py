"""Wires a gateway: settings, parts, metrics, signals; and maps how it ends to an exit code."""

from pathlib import Path
from typing import Any, Final

from floodmark.settings import settings_of
from runtime.exits import Exit, end, fail
from runtime.output import to_stdout
from runtime.settings import read_settings

COMMAND: Final = "floodmark gateway"
FIRST_ANSWER_S: Final = 10.0
"""How long a broker may take to answer before it is asked again."""


def run(given: dict[str, Any], *, announce: Path | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    import asyncio
    import gc

    from floodmark.gateway.app import build
    from floodmark.gateway.ingest.wiring import PostTarget
    from floodmark.gateway.knowing import Knowing
    from floodmark.gateway.parts import GatewayParts
    from floodmark.gateway.server import listening, serve, url_of
    from floodmark.gateway.settings import GatewaySettings
    from floodmark.gateway.state.asking_store import history_of
    from floodmark.gateway.state.following import TopicSource
    from floodmark.gateway.writing import Writing
    from processors.rules import RuleError
    from processors.settings import TimeSettings
    from runtime import http_health, logs
    from runtime.kafka.lives import TopicLives, TopicsWatch
    from runtime.ports import ListenError
    from runtime.watchdog import StopDeadline
    from schemas.topics import Topics

    own = {name: value for name, value in given.items() if name in GatewaySettings.model_fields}
    settings = settings_of({name: value for name, value in given.items() if name not in own})
    gateway = read_settings(GatewaySettings, own)
    logs.configure(settings.log_level)
    parts = GatewayParts(gateway, history=history_of(settings.store_dsn, settings.data_dir))
    topics = Topics(settings.topic_prefix)
    source = TopicSource(settings.cluster, topics, settings.partitions, settings.replication, FIRST_ANSWER_S)
    try:
        knowing = Knowing(source, parts, settings.rules, read_settings(TimeSettings).policy)
        listener = listening(gateway.gateway_host, gateway.gateway_port)
        server = http_health.serve(settings.metrics_host, settings.metrics_port, knowing.healthy, parts.registry)
    except (ListenError, RuleError) as error:
        fail(str(error), Exit.MISUSED, by=COMMAND)
    url = url_of(listener)
    answered = (topics.notifications, topics.silences, topics.api_keys, topics.posts)
    read = (topics.minutes, topics.alerts, topics.commands, topics.receipts, topics.changelog("judgements"), *answered)

    def ready() -> None:
        # What was imported stays: looking through it again and again would hold up those who ask.
        gc.collect()
        gc.freeze()
        knowing.start(asyncio.get_running_loop())
        # What is read follows the topics from where they began, in as many partitions as they had.
        look = TopicLives(source.cluster).look
        TopicsWatch(look, read, lambda why: end(why, Exit.AGAIN), read, topics.memories).start()
        if announce is not None:
            http_health.announce(announce, server.url, url=url)
        to_stdout(f"gateway: listening on {url}")

    target = PostTarget(source.cluster, topics, source.partitions, source.replication, source.within_s)
    name = f"{gateway.gateway_name}-{listener.getsockname()[1]}"
    writing = Writing(target, gateway, parts, name, knowing.judged)
    StopDeadline(settings.stop_within_s)
    try:
        serve(build(parts), listener, ready, knowing.end)
    finally:
        knowing.close()
        writing.close()
        server.close()

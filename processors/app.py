"""The worker as a Faust app: two agents, one transport. `faust -A processors.app worker` starts one."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faust

from processors.changelog.topic import KafkaChangelog
from processors.changelog.watch import ChangelogWatch
from processors.faustapp.connection import connection
from processors.faustapp.transport import ChunkScheduler, SourceTransport, StageSource
from processors.intake.fetching import Fetcher
from processors.intake.topic_identity import TopicIdentities, TopicWatch
from processors.metrics import WorkerMetrics
from processors.present import MachineClock, Present
from processors.rules import RuleError
from processors.rules.watch import RuleWatch
from processors.settings import WorkerSettings
from processors.stages.count_stage import CountStage
from processors.stages.judge_stage import JudgeStage
from processors.stages.outbox import Outbox
from processors.stages.refused import RefusedBySource
from processors.stages.reloading import Reloading
from runtime.exits import Exit, Misused, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.settings import read_settings
from runtime.stall_guard import StallGuard
from schemas.topics import Topics


class App(faust.App):  # type: ignore[misc]
    """A Faust app that carries its stages."""

    stages: tuple[CountStage, JudgeStage]
    changelogs: tuple[KafkaChangelog, KafkaChangelog]
    sources: Mapping[str, StageSource]
    news: asyncio.Event
    stall_guard: StallGuard
    reloading: Reloading
    metrics: WorkerMetrics

    def remark(self) -> str:
        """What people should know although the worker is well; empty when there is nothing."""
        lost = (changelog.notice for changelog in self.changelogs)
        return "; ".join(filter(None, [self.reloading.remark(), *(stage.notice() for stage in self.stages), *lost]))


def build_app(settings: WorkerSettings, present: Present | None = None) -> App:
    """A worker's app: nothing is connected before it starts. `present` is asked for the time; none: this machine."""
    topics = Topics(settings.topic_prefix)
    rules = RuleWatch(settings.rules)
    news = asyncio.Event()
    cluster = settings.cluster
    app = App(
        topics.worker_group,
        **connection(cluster),
        store="memory://",
        # There are no tables; Faust makes the folder all the same, and would make it where the worker was started.
        datadir=Path(tempfile.gettempdir(), "floodmark-faust"),
        autodiscover=False,
        web_enabled=False,
        web_bind="127.0.0.1",
        web_port=_free_port(),
        topic_allow_declare=settings.declare_topics,
        topic_replication_factor=settings.replication,
        topic_partitions=settings.partitions,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_wait_empty=False,
        stream_buffer_maxsize=8,
        stream_recovery_delay=0.0,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 3,
        broker_max_poll_interval=settings.max_poll_s,
        broker_commit_interval=settings.commit_interval_s,
        consumer_auto_offset_reset="earliest",
        ConsumerScheduler=ChunkScheduler,
    )
    app.metrics = WorkerMetrics()
    app.stall_guard = StallGuard(settings.session_timeout_s * 0.6)
    count, judge = _stages(app, settings, cluster, topics, news)
    policy = settings.policy
    future_ms, sources = int(settings.max_future_s * 1000), settings.partitions
    judges = settings.judges or sources
    count.configure(topics, policy, sources, judges, settings.scopes, future_ms, present or MachineClock())
    count.refused = RefusedBySource(settings.refused_share)
    judge.present, judge.max_future_ms = count.present, future_ms
    judge.configure(topics, policy, rules.rules, sources, judges, count.watch)
    judge.scopes, judge.waiting_parts = settings.scopes, max(1, settings.waiting // judges)
    app.stages = (count, judge)
    app.reloading = Reloading(rules, judge.offer, metrics=app.metrics)
    judge.follow(app.reloading)
    _connect(app, count, judge, news)
    return app


def _stages(
    app: App, settings: WorkerSettings, cluster: Cluster, topics: Topics, news: asyncio.Event
) -> tuple[CountStage, JudgeStage]:
    outbox = Outbox(cluster)
    identities = TopicIdentities(cluster)

    def fetcher(topic: str, wait_s: float, linger_s: float) -> Fetcher:
        return Fetcher(
            cluster,
            topic,
            news,
            chunk=settings.chunk,
            wait_s=wait_s,
            linger_s=linger_s,
            idle_after_s=settings.idle_after_s,
            # It joins nothing, but a cluster with access rules asks for a right on the name. This one we need anyway.
            extra={"group.id": topics.worker_group},
            look_ahead=settings.look_ahead,
            reads_ahead=topic == topics.transactions,
            metrics=app.metrics,
        )

    def changelog(table: str, source: str) -> KafkaChangelog:
        (spec,) = (each for each in topics.specs(settings.partitions) if each.name == topics.changelog(table))
        replication = settings.replication if settings.declare_topics else 0
        passed_over = app.metrics.discarded.labels("not_state").inc
        return KafkaChangelog(cluster, spec, replication, topics.worker_group, passed_over, source)

    counting, judging, copies = topics.transactions, topics.partials, settings.replication
    watches = [TopicWatch(counting, identities, partitions=settings.partitions), TopicWatch(judging, identities)]
    stall_guard, every_s, linger_s = app.stall_guard, settings.checkpoint_s, settings.linger_s
    # The broker's next answer comes before a chunk of few records has waited long enough, so that it holds two.
    counted = fetcher(counting, 0.9 * linger_s, linger_s)
    # What is told comes in one go already, so a judge need not wait as long for more.
    judged = fetcher(judging, linger_s / 2, linger_s / 4)
    ours = app.metrics
    logs = app.changelogs = (changelog("counts", counting), changelog("judgements", judging))
    count = CountStage(counting, logs[0], counted, outbox, stall_guard, watches[0], every_s, metrics=ours)
    judge = JudgeStage(judging, logs[1], judged, outbox, stall_guard, watches[1], every_s, metrics=ours)
    count.changelog_watch, judge.changelog_watch = (ChangelogWatch(cluster, each.spec, copies) for each in logs)
    return count, judge


def _connect(app: App, count: CountStage, judge: JudgeStage, news: asyncio.Event) -> None:
    app.transport = SourceTransport(app.conf.broker_consumer, app)
    app.producer_transport = app.transport
    app.sources = {stage.topic: stage for stage in (count, judge)}
    app.news = news
    for stage in (count, judge):
        topic = app.topic(stage.topic, value_type=bytes, value_serializer="raw", acks=False)
        app.agent(topic, name=f"floodmark.{stage.name}")(_agent(stage))

    @app.on_before_shutdown.connect  # type: ignore[untyped-decorator]
    async def finish(_app: App, **_: object) -> None:
        for stage in (count, judge):
            await stage.finish()
        await asyncio.to_thread(count.outbox.close)


def _agent(stage: CountStage | JudgeStage) -> Any:
    async def follow(stream: Any) -> None:
        async for chunks in stream:
            for chunk in chunks.each:
                await stage.accept(chunk)

    return follow


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def __getattr__(name: str) -> App:
    """`app`, made from the environment when it is first asked for: what `faust -A processors.app` looks for.

    What cannot be used ends the process with a sentence, as it ends a command of ours.
    """
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        globals()[name] = made = build_app(read_settings(WorkerSettings))
    except Misused as error:
        fail(error.sentence, Exit.MISUSED)
    except RuleError as error:
        fail(str(error), Exit.MISUSED)
    except BrokerError as error:
        fail(str(error), Exit.UNREACHABLE)
    return made

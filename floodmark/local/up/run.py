"""`floodmark up` from start to end: start, replay, watch, drain, sum up, stop."""

import time
from collections import deque
from datetime import UTC, datetime
from typing import Final

from floodmark.local.up.datadir import DataDir, DataDirError
from floodmark.local.up.drain import stages
from floodmark.local.up.draining import Drainer
from floodmark.local.up.ledger import JobLedger, LedgerError
from floodmark.local.up.pipeline import Pipeline
from floodmark.local.up.plan import Options, check_jsonl, check_routes, check_webhook
from floodmark.local.up.replaying import Replaying, ReplayRefusedError, wanted
from floodmark.local.up.rules_news import RulesNews
from floodmark.local.up.running import Running, announce
from floodmark.local.up.screen import Screen
from floodmark.local.up.signals import Signals, StopWish
from floodmark.local.up.status import Status, watching
from floodmark.local.up.store_client import StoreUnreachableError
from floodmark.local.up.summing_up import summary_lines, typed_path
from floodmark.local.up.supervisor import GaveUpError
from processors.rules import RuleError
from processors.rules.watch import RuleWatch
from runtime.exits import Exit
from runtime.kafka.errors import BrokerError
from runtime.kafka.offsets import OffsetsError
from schemas.alert import Alert
from sinks.notify.channels.settings import ChannelMisconfigured
from sinks.notify.routing.file import RoutingError
from sinks.webhook.settings import WebhookMisconfigured

EVERY_S: Final = 0.1
SHOW_EVERY_S: Final = 0.3
LAST_ALERTS_S: Final = 5.0
ALL_READY_WITHIN_S: Final = 180.0
NOT_STARTED: Final = (
    DataDirError,
    LedgerError,
    ReplayRefusedError,
    RuleError,
    WebhookMisconfigured,
    RoutingError,
    ChannelMisconfigured,
)


class FailedError(Exception):
    """The run did not come to its end; the message says why."""


def up(options: Options, screen: Screen, signals: Signals) -> int:
    """Run the pipeline; the exit code of the process.

    0 when everything asked for was done, 1 when something failed, 2 when the options cannot be followed,
    3 when the broker cannot be had, 130 after Ctrl-C, 143 after SIGTERM.
    """
    signals.interrupting = True
    try:
        check_webhook(options)
        check_jsonl(options)
        check_routes(options)
        rules = RuleWatch(options.rules)
        asked = wanted(options)
        with DataDir(options.data_dir, fresh=options.fresh) as data:
            replay = Replaying(options, asked, JobLedger(data.ledger), screen.say)
            return _UpRun(options, data, replay, screen, signals, RulesNews(rules, screen.say)).run()
    except NOT_STARTED as error:
        screen.say(f"Not started: {error}")
        return Exit.MISUSED
    except StopWish:
        return signals.exit_code


class _UpRun:
    def __init__(
        self,
        options: Options,
        data: DataDir,
        replay: Replaying,
        screen: Screen,
        signals: Signals,
        rules: RulesNews,
    ) -> None:
        self._options = options
        self._data = data
        self._replay = replay
        self._screen = screen
        self._signals = signals
        self._rules = rules
        self._begun = time.monotonic()
        self._shown = 0.0
        self._waiting_since: float | None = None
        self._alerts: deque[Alert] = deque(maxlen=10)
        self._pipeline = Pipeline(options, data, screen.say)
        self._drainer: Drainer | None = None

    def run(self) -> int:
        """Everything, and always a clean end."""
        summary: list[str] = []
        code = Exit.FINE
        try:
            self._start()
            with self._screen:
                summary = self._watch()
        except StopWish:
            self._screen.say("Stopped before everything was up.")
        except (*NOT_STARTED, BrokerError) as error:
            self._screen.say(f"Not started: {error}")
            code = Exit.UNREACHABLE if isinstance(error, BrokerError) else Exit.MISUSED
        except (FailedError, GaveUpError) as error:
            self._screen.say(f"FAILED: {error}")
            code = Exit.FAILED
        finally:
            self._signals.interrupting = False
            self._stop()
        for line in summary:
            self._screen.say(line)
        return code or self._signals.exit_code

    def _start(self) -> None:
        pipeline = self._pipeline
        pipeline.choose_broker()
        announce(self._data, Running(pipeline.broker.address, self._options.topic_prefix))
        self._replay.prepare(pipeline.broker, pipeline.topic_identity, pipeline.partitions)
        pipeline.start_children()
        self._signals.interrupting = False
        self._replay.start()

    def _watch(self) -> list[str]:
        """Look after everything until it is done, or somebody wants it to stop; the summary when it is done."""
        while not self._signals.wishes:
            self._pipeline.tick()
            self._rules.tick()
            self._tell_news()
            if self._options.exit_when_done and self._done():
                return self._sum_up()
            self._show()
            time.sleep(EVERY_S)
        return []

    def _done(self) -> bool:
        if not self._replay.over:
            return False
        if self._replay.error is not None:
            raise FailedError(f"the replay ended early: {self._replay.error}")
        if self._drainer is None:
            if not self._pipeline.supervisor.all_ready():
                return self._wait_for_all()
            self._drainer = Drainer(self._pipeline.offsets, stages(self._options.topics, self._options.readers))
        if not self._drainer.over:
            return False
        if self._drainer.error is not None:
            raise FailedError(f"not everything went through: {self._drainer.error}. The logs are in {self._data.logs}.")
        return True

    def _wait_for_all(self) -> bool:
        """False; fails when a component does not get ready though there is nothing else left to wait for."""
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        if now - self._waiting_since > ALL_READY_WITHIN_S:
            late = ", ".join(c.name for c in self._pipeline.supervisor.components if c.state != "running")
            raise FailedError(f"not ready after {ALL_READY_WITHIN_S:.0f} s: {late}. The logs are in {self._data.logs}.")
        return False

    def _sum_up(self) -> list[str]:
        """The summary, once every alert that was judged has been shown."""
        until = time.monotonic() + LAST_ALERTS_S
        ends = self._drainer.ends if self._drainer else {}
        alerts = {slot: end for slot, end in ends.items() if slot[0] == self._options.topics.alerts}
        while time.monotonic() < until and any(self._pipeline.feed.reached(s) < end for s, end in alerts.items()):
            time.sleep(EVERY_S)
        self._tell_news()
        seconds = time.monotonic() - self._begun
        try:
            return summary_lines(self._options, self._data, self._pipeline.offsets, self._replay.sentences, seconds)
        except (StoreUnreachableError, OffsetsError) as error:
            raise FailedError(f"everything went through, but cannot be summed up: {error}") from error

    def _tell_news(self) -> None:
        for alert in self._pipeline.feed.board.news():
            self._alerts.append(alert)
            self._screen.alert(alert)

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown < SHOW_EVERY_S:
            return
        self._shown = now
        self._screen.show(
            Status(
                doing=self._doing(),
                broker=f"{self._pipeline.broker.kind} {self._pipeline.broker.address}",
                uptime_s=now - self._begun,
                picture=self._pipeline.picture(),
                flow=self._pipeline.flow(),
                components=self._pipeline.components(),
                alerts=tuple(self._alerts),
                replay=self._replay.row(),
                not_repeated=self._replay.not_repeated,
                now=datetime.now(UTC),
            )
        )

    def _doing(self) -> str:
        if self._drainer is not None:
            return self._drainer.doing()
        if not self._replay.over:
            return "replaying"
        return watching(self._pipeline.picture()) if self._pipeline.supervisor.all_ready() else "starting"

    def _stop(self) -> None:
        begun = time.monotonic()
        if not self._pipeline.supervisor.components:
            return
        self._screen.say("Stopping: replay, workers, sinks, store, broker …")
        self._replay.stop(self._signals.hurry)
        if self._drainer is not None:
            self._drainer.close()
        self._pipeline.stop(self._signals.hurry)
        self._screen.say(f"Stopped in {time.monotonic() - begun:.1f} s. The data are in {typed_path(self._data.path)}.")

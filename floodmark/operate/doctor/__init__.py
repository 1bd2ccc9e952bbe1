"""The checks of `floodmark doctor`: each looks at one thing and says how it is and what to do."""

from collections.abc import Iterator

from floodmark.operate.doctor.clock import clock
from floodmark.operate.doctor.cluster import broker_answers, groups, topics_there
from floodmark.operate.doctor.components import components, pages
from floodmark.operate.doctor.deleted import deleted
from floodmark.operate.doctor.finding import CheckFinding
from floodmark.operate.doctor.left_out import left_out
from floodmark.operate.doctor.local import disk, java_and_jars, rules, store
from floodmark.operate.doctor.permissions import permissions
from floodmark.operate.doctor.unreached import unreached
from floodmark.settings import Settings
from runtime.exits import Exit
from schemas.topics import Topics

__all__ = ["CheckFinding", "examine", "exit_code"]


def examine(settings: Settings) -> Iterator[CheckFinding]:
    """All checks, one after the other; those that need the broker are left out when it does not answer."""
    yield rules(settings.rules)
    yield disk(settings.data_dir)
    yield from java_and_jars()
    cluster = settings.cluster
    broker = broker_answers(cluster, settings.reached_within_s)
    yield broker
    if broker.level == "ok":
        topics = Topics(settings.topic_prefix)
        yield from permissions(cluster, topics)
        yield from topics_there(cluster, topics)
        yield from groups(cluster, topics)
        yield clock(cluster, topics)
        yield from left_out(cluster, topics)
        yield from deleted(cluster, topics)
        yield from pages(cluster, topics)
        yield from unreached(cluster, topics)
    yield from components(settings.data_dir)
    yield from store(settings)


def exit_code(findings: list[CheckFinding]) -> Exit:
    """Fine when nothing failed, unreachable when something needed cannot be reached, else failed."""
    failed = [finding for finding in findings if finding.level == "fail"]
    if not failed:
        return Exit.FINE
    return Exit.UNREACHABLE if any(finding.unreachable for finding in failed) else Exit.FAILED

"""Checks of this machine: rules, disk, what a local Kafka needs, the store."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from floodmark.operate.doctor.finding import CheckFinding
from floodmark.settings import Settings

GIB: Final = 1024**3
LOW_DISK: Final = 2 * GIB
NO_DISK: Final = GIB // 4


def rules(path: Path | None) -> CheckFinding:
    """Whether the rule file can be used."""
    from processors.rules import RuleError, load

    try:
        found = load(path)
    except RuleError as error:
        return CheckFinding("rules", "fail", str(error), "Correct the file; running workers keep the rules they have.")
    where = str(path) if path else "the default rules"
    return CheckFinding("rules", "ok", f"{where}: {len(found.rules)} rules, version {found.version}")


def disk(data_dir: Path, free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> CheckFinding:
    """Whether there is room where the data go."""
    place = next(parent for parent in (data_dir.absolute(), *data_dir.absolute().parents) if parent.exists())
    room = free(place)
    found = f"{room / GIB:.1f} GiB free for {data_dir}"
    if room < NO_DISK:
        return CheckFinding("disk", "fail", found, "Free some space, or give a --data-dir on another disk.")
    if room < LOW_DISK:
        return CheckFinding("disk", "warn", found, "Kafka and ClickHouse stop when the disk is full: free some space.")
    return CheckFinding("disk", "ok", found)


def java_and_jars() -> Iterator[CheckFinding]:
    """What a local Kafka needs: missing things are no failure, as any other broker will do."""
    from runtime.kafka.errors import BrokerError

    try:
        from floodmark.local.broker.jars import default_cache, pinned, wrong_jars
        from floodmark.local.broker.java import find_java

        java = find_java()
    except ImportError as error:
        yield CheckFinding(
            "local Kafka", "warn", f"the package {error.name} is not installed", "Install floodmark[local]."
        )
        return
    except BrokerError as error:
        yield CheckFinding("local Kafka", "warn", "no Java for a local Kafka", str(error))
        return
    yield CheckFinding("java", "ok", f"Java {java.major} from {java.origin}")
    jars, cache = pinned(), default_cache()
    missing = wrong_jars(jars, cache)
    if missing:
        found = f"{len(missing)} of {len(jars.digests)} jars of Kafka {jars.version} are not in {cache}"
        yield CheckFinding("jars", "warn", found, "`floodmark up` fetches them the first time; this needs a network.")
    else:
        yield CheckFinding("jars", "ok", f"Kafka {jars.version}, {len(jars.digests)} jars in {cache}, checked")


def store(settings: Settings) -> Iterator[CheckFinding]:
    """Whether the store answers, has the views, and is as the sink has made it."""
    from floodmark.local.up.store_client import StoreUnreachableError, connect
    from sinks.clickhouse.connection import DATABASE
    from sinks.clickhouse.shape import TABLES, differences

    begun = time.monotonic()
    try:
        with connect(settings.data_dir, settings.store_dsn) as client:
            names = {row[0] for row in client.query(f"SHOW TABLES FROM {DATABASE}").result_rows}
            took = 1000 * (time.monotonic() - begun)
            # Who may see the views alone cannot tell whether the tables are there.
            changed = differences(client, DATABASE) if names & {table.name for table in TABLES} else []
    except StoreUnreachableError as error:
        yield CheckFinding("store", "fail", str(error), error.advice, unreachable=True)
        return
    missing = sorted({"minutes", "alerts"} - names)
    if missing:
        advice = "`floodmark sink clickhouse` makes them when it starts."
        yield CheckFinding("store", "fail", f"answers, but the views {' and '.join(missing)} are not there", advice)
    else:
        yield CheckFinding("store", "ok", f"answers in {took:.0f} ms, views minutes and alerts are there")
    for change in changed:
        what, _, remedy = change.partition(". ")
        yield CheckFinding("schema", "fail", f"changed by hand: {what}", f"{remedy}. Meanwhile nothing is written.")

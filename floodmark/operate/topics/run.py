"""`floodmark topics`: list, create, check."""

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from floodmark.operate.topics.differences import There, TopicDifference, command_that_makes, differences
from floodmark.operate.topics.looking import look
from floodmark.settings import Settings, settings_of
from runtime.exits import Exit, fail
from runtime.kafka.errors import BrokerError
from runtime.kafka.topics import ensure_topics, planned
from runtime.output import print_json, to_stdout
from runtime.terminal import clean_console
from schemas.rights import WHO, Operation, Right, Role, rights, who
from schemas.topics import Topics, TopicSpec

COMMAND: Final = "floodmark topics"
MAX_WIDTH: Final = 1000
"""Wider than any table of ours."""


def show(given: dict[str, Any], *, as_json: bool, with_rights: bool) -> None:
    """Print what is needed; asks no cluster."""
    settings = settings_of(given)
    topics = Topics(settings.topic_prefix)
    specs = topics.specs(settings.partitions)
    needed = {role: rights(topics, role) for role in Role} if with_rights else {}
    if as_json:
        listed = [_as_json(topics, spec, settings.replication) for spec in specs]
        by_role = {role.value: [_right_as_json(right) for right in each] for role, each in needed.items()}
        print_json({"topics": listed, **({"rights": by_role} if with_rights else {})}, indent=2)
        return
    console = clean_console(highlight=False, soft_wrap=False)
    table = _table(topics, specs, settings.replication)
    if console.measure(table, options=console.options.update(width=MAX_WIDTH)).maximum <= console.width:
        console.print(table)
    else:
        console.print(_blocks(topics, specs, settings.replication, console.width))
    for role, each in needed.items():
        console.print(Text(f"\n{role.value}: {WHO[role]}".replace("`", ""), "bold"))
        for right in each:
            console.print(Text(f"  {right}" + (f" ({right.only_for})" if right.only_for else "")))


def create(given: dict[str, Any], *, dry_run: bool) -> None:
    """Make the topics that are missing, and say of each what was done; ends the process when that cannot be done."""
    settings = settings_of(given)
    cluster, topics = settings.cluster, Topics(settings.topic_prefix)
    try:
        specs = _specs(settings, topics, given)
        there = look(cluster, topics, specs)
        if there.hidden:
            names = ", ".join(sorted(there.hidden))
            fail(f"our login may not see whether these are there: {names}", Exit.UNREACHABLE, by=COMMAND)
        if not dry_run:
            ensure_topics(cluster, specs, replication=settings.replication)
    except BrokerError as error:
        fail(str(error), Exit.UNREACHABLE, by=COMMAND)
    for spec in specs:
        if (state := there.topics.get(spec.name)) is not None:
            to_stdout(f"{spec.name}: is there, with {_partitions(state.partitions)}")
        elif dry_run:
            to_stdout(f"{spec.name}: would be made: {command_that_makes(spec, settings.replication)}")
        else:
            to_stdout(f"{spec.name}: made, with {_partitions(spec.partitions)}")


def check(given: dict[str, Any], *, as_json: bool) -> None:
    """Print what differs, each with its remedy; ends the process with 1 when Floodmark cannot work so."""
    settings = settings_of(given)
    cluster, topics = settings.cluster, Topics(settings.topic_prefix)
    try:
        specs = _specs(settings, topics, given)
        there = look(cluster, topics, specs)
    except BrokerError as error:
        fail(str(error), Exit.UNREACHABLE, by=COMMAND)
    found = list(differences(topics, specs, there, settings.replication))
    if as_json:
        print_json([{**asdict(each), "fault": each.is_fault} for each in found], indent=2)
    else:
        _print(found, specs, there)
    if any(each.is_fault for each in found):
        raise SystemExit(Exit.FAILED)


def _specs(settings: Settings, topics: Topics, given: dict[str, Any]) -> tuple[TopicSpec, ...]:
    """What is needed: as many partitions as transactions have, unless a number was typed."""
    if given.get("partitions") is not None:
        return topics.specs(settings.partitions)
    return planned(settings.cluster, topics, settings.partitions, within_s=settings.reached_within_s)


def _print(found: Sequence[TopicDifference], specs: Sequence[TopicSpec], there: There) -> None:
    for each in found:
        to_stdout(f"{'FAULT' if each.is_fault else 'remark'} {each.topic}: {each.found}\n  -> {each.remedy}")
    unknown = [spec.name for spec in specs if spec.name in there.topics and spec.name not in there.settings]
    if unknown:
        to_stdout(f"settings not told (our login lacks DescribeConfigs): {', '.join(unknown)}")
    if not found:
        to_stdout(f"{len(specs)} topics, all as they should be{', as far as is told' if unknown else ''}")


def _table(topics: Topics, specs: Sequence[TopicSpec], copies: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("topic", "partitions", "copies", "settings", "at least", "written by", "read by"):
        table.add_column(name, overflow="fold")
    for spec in specs:
        table.add_row(
            spec.name,
            str(spec.partitions),
            str(copies),
            "\n".join(f"{name}={value}" for name, value in spec.config.items()),
            "\n".join(f"{name}={value}" for name, value in spec.least.items()),
            "\n".join(who(topics, spec.name, Operation.WRITE)),
            "\n".join(who(topics, spec.name, Operation.READ)),
        )
    return table


def _blocks(topics: Topics, specs: Sequence[TopicSpec], copies: int, width: int) -> Text:
    """The same, topic by topic, where the table would be too wide: a name that is cut in pieces is none."""
    lines: list[str] = []
    for spec in specs:
        said = {
            "settings": [f"{name}={value}" for name, value in spec.config.items()],
            "at least": [f"{name}={value}" for name, value in spec.least.items()],
            "written by": who(topics, spec.name, Operation.WRITE),
            "read by": who(topics, spec.name, Operation.READ),
        }
        lines.append(f"{spec.name}: {_partitions(spec.partitions)}, {copies} cop{'y' if copies == 1 else 'ies'}")
        for name, each in said.items():
            head = f"  {name:<10}  "
            lines += wrap(
                ", ".join(each),
                width,
                initial_indent=head,
                subsequent_indent=" " * len(head),
                break_long_words=False,
                break_on_hyphens=False,
            )
    return Text("\n".join(lines))


def _as_json(topics: Topics, spec: TopicSpec, copies: int) -> dict[str, Any]:
    return {
        "name": spec.name,
        "partitions": spec.partitions,
        "replication": copies,
        "settings": dict(spec.config),
        "at_least": dict(spec.least),
        "written_by": [role.value for role in who(topics, spec.name, Operation.WRITE)],
        "read_by": [role.value for role in who(topics, spec.name, Operation.READ)],
    }


def _right_as_json(right: Right) -> dict[str, str | bool]:
    return {
        "resource": right.resource.value,
        "name": right.name,
        "operation": right.operation.value,
        "only_for": right.only_for,
        "is_prefix": right.is_prefix,
    }


def _partitions(number: int) -> str:
    return f"{number} partition{'' if number == 1 else 's'}"

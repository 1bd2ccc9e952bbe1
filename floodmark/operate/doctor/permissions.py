"""What our login may do on a cluster with access rules: which processes can run by it, and what the others lack."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from confluent_kafka import KafkaException

from floodmark.operate.doctor.finding import Finding
from runtime.kafka.cluster import Cluster
from runtime.kafka.rights import lacking
from schemas.rights import Resource, Right, Role, rights
from schemas.topics import Topics

CHECK: Final = "rights"
ADVICE: Final = "Give its user these rights; `floodmark topics list --rights` lists what each process needs."


def permissions(cluster: Cluster, topics: Topics) -> Iterator[Finding]:
    """Compare what our login may do with what each process needs; nothing where nobody logs in."""
    if cluster.tls is None:
        return
    needed = {role: [right for right in rights(topics, role) if not right.only_for] for role in Role}
    try:
        lacks = set(lacking(cluster, {right for each in needed.values() for right in each}))
    except KafkaException as error:
        yield Finding(CHECK, "warn", f"cannot be looked up: {error.args[0].str()}", "Try again.")
        return
    yield from judge_rights(needed, {role: [r for r in each if r in lacks] for role, each in needed.items()})


def judge_rights(needed: Mapping[Role, Sequence[Right]], lacks: Mapping[Role, Sequence[Right]]) -> Iterator[Finding]:
    """What a login is for, and what it lacks for that.

    A login is meant for each process whose consumer group it may read, and where there is none, for the one of which
    it has the largest share of the rights.
    """
    whole = [role for role in needed if not lacks[role]]
    meant = [role for role in needed if lacks[role] and _has_group(needed[role], lacks[role])]
    if not whole and not meant:
        meant = [min(needed, key=lambda role: len(lacks[role]) / len(needed[role]))]
    for role in meant:
        found = f"our login is not enough for {role.value}: it lacks {', '.join(map(str, lacks[role]))}"
        yield Finding(CHECK, "fail", found, ADVICE)
    if whole:
        yield Finding(CHECK, "ok", f"our login is enough for: {', '.join(role.value for role in whole)}")


def _has_group(needed: Sequence[Right], lacks: Sequence[Right]) -> bool:
    groups = [right for right in needed if right.resource is Resource.GROUP]
    return bool(groups) and not any(right in lacks for right in groups)

"""What our login may do on a cluster with access rules: which processes can run by it, and what the others lack."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from confluent_kafka import KafkaException

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka.cluster import Cluster
from runtime.kafka.rights import lacking
from schemas.rights import Operation, Resource, Right, Role, rights
from schemas.topics import Topics

CHECK: Final = "rights"
ADVICE: Final = "Give its user these rights; `floodmark topics list --rights` lists what each process needs."


def permissions(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """Compare what our login may do with what each process needs; nothing where nobody logs in."""
    if cluster.tls is None:
        return
    needed = {role: rights(topics, role) for role in Role}
    try:
        lacks = set(lacking(cluster, {right for each in needed.values() for right in each}))
    except KafkaException as error:
        yield CheckFinding(CHECK, "warn", f"cannot be looked up: {error.args[0].str()}", "Try again.")
        return
    yield from judge_rights(needed, lacks)


def judge_rights(needed: Mapping[Role, Sequence[Right]], lacks: Collection[Right]) -> Iterator[CheckFinding]:
    """What a login is for, and what it lacks for that.

    A login is meant for each process under whose consumer group it may read. Where it lacks something of none of these,
    and has rights that no process needs for which it is enough, it is meant for the one of whose rights it has most.
    """
    vital = {role: [right for right in each if not right.only_for] for role, each in needed.items()}
    wanting = {role: [right for right in each if right in lacks] for role, each in vital.items()}
    whole = [role for role in needed if not wanting[role]]
    meant = [role for role in needed if wanting[role] and any(_is_own(right, lacks) for right in needed[role])]
    if not meant:
        explained = {str(right) for role in whole for right in needed[role]} | {*map(str, lacks)}
        share = {
            role: len(wanting[role]) / len(vital[role])
            for role in needed
            if wanting[role] and (not whole or any(str(r) not in explained and _is_more(r) for r in vital[role]))
        }
        meant = [role for role in share if share[role] == min(share.values())]
    for role in meant:
        found = f"our login is not enough for {role.value}: it lacks {', '.join(map(str, wanting[role]))}"
        yield CheckFinding(CHECK, "fail", found, ADVICE)
    if whole:
        yield CheckFinding(CHECK, "ok", f"our login is enough for: {', '.join(role.value for role in whole)}")


def _is_more(right: Right) -> bool:
    """Whether it is more than to look, which comes with other rights."""
    return right.operation in (Operation.READ, Operation.WRITE)


def _is_own(right: Right, lacks: Collection[Right]) -> bool:
    return right.resource is Resource.GROUP and right.operation is Operation.READ and right not in lacks

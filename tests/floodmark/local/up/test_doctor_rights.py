"""What `floodmark doctor` says of the rights of a login."""

from collections.abc import Iterable

import pytest

from floodmark.operate.doctor import CheckFinding
from floodmark.operate.doctor.permissions import judge_rights, permissions
from runtime.kafka.cluster import Cluster
from schemas.rights import Operation, Resource, Right, Role, rights, vital
from schemas.topics import Topics

TOPICS = Topics()
NEEDED = {role: rights(TOPICS, role) for role in Role}
EVERY = {right for each in NEEDED.values() for right in each}


def judged(held: Iterable[Right]) -> list[CheckFinding]:
    """What is said of a login that has these rights; Read and Write hold Describe."""
    has = set(held)
    seen = {(right.resource, right.name) for right in has}

    def lacks(right: Right) -> bool:
        same = {(each.resource, each.name, each.operation) for each in has}
        implied = right.operation is Operation.DESCRIBE and (right.resource, right.name) in seen
        return not implied and (right.resource, right.name, right.operation) not in same

    return list(judge_rights(NEEDED, {right for right in EVERY if lacks(right)}))


@pytest.mark.parametrize("role", Role)
def test_a_login_with_all_rights_of_a_role_is_enough_for_it(role: Role) -> None:
    (finding,) = judged(NEEDED[role])
    assert finding.level == "ok"
    assert role.value in finding.found


@pytest.mark.parametrize(
    ("role", "missing"),
    [(role, right) for role in Role if role is not Role.PEOPLE for right in vital(TOPICS, role)],
    ids=str,
)
def test_one_right_that_is_missing_is_named_for_the_role_that_it_is_meant_for(role: Role, missing: Right) -> None:
    found = [each.found for each in judged(set(NEEDED[role]) - {missing}) if each.level == "fail"]
    assert f"our login is not enough for {role.value}: it lacks {missing}" in found
    # Without their groups, two sinks that read the same cannot be told apart.
    assert len(found) == (2 if missing.name in (TOPICS.sink_group("webhook"), TOPICS.sink_group("console")) else 1)


def test_a_login_that_may_do_everything_is_enough_for_everything() -> None:
    (finding,) = judged(EVERY)
    assert finding.found == f"our login is enough for: {', '.join(role.value for role in Role)}"


def test_where_nobody_logs_in_nothing_is_said() -> None:
    assert list(permissions(Cluster.of("127.0.0.1:1"), TOPICS)) == []


def test_roles_have_the_groups_that_they_join() -> None:
    groups = {role: [r.name for r in vital(TOPICS, role) if r.resource is Resource.GROUP] for role in Role}
    assert groups[Role.WORKER] == [TOPICS.worker_group]
    assert groups[Role.JSONL] == [TOPICS.sink_group("jsonl")]

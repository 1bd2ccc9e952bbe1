"""A cluster with TLS, logins, access rules and topics that others make: each process with the rights it needs."""

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from floodmark.local.store.locate import endpoint
from runtime.kafka.offsets import Offsets
from runtime.kafka.rights import RightsLacking, lacking, require
from runtime.kafka.topics import ensure_topics
from schemas.rights import KEYS, LOOKS, Operation, Resource, Right, Role, of_command, rights
from schemas.topics import Topics
from tests.pipeline.bursts import text
from tests.runtime.kafka.certificates import Certificates
from tests.runtime.kafka.logins import Logins
from tests.runtime.kafka.secure_kafka import Places
from tests.runtime.kafka.with_logins import (
    PARTITIONS,
    Running,
    drained,
    floodmark,
    posts,
    running,
    traffic,
)
from tests.services import unique_prefix
from tests.sinks.http_kit import receiving
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka
EXTRA = "canary-in-a-property"
TOKEN = "canary-in-a-url"
SIGNED_BY = "canary-that-signs"
WITH_PROCESSES = (Role.WORKER, Role.CLICKHOUSE, Role.WEBHOOK, Role.JSONL, Role.NOTIFY)
ROUTES = """
[[team]]
name = "t"

[[channel]]
name = "hook"
kind = "webhook"
url_variable = "HOOK_URL"
secret_variable = "HOOK_SECRET"
allow_http = true
allow_private = true

[[route]]
name = "all"
team = "t"
channels = ["hook"]
wait = "0s"
"""


@pytest.fixture(scope="module")
def logins(places: Places, certificates: Certificates) -> Logins:
    """Makes users."""
    return Logins(places, certificates)


@pytest.mark.story
def test_a_replay_goes_all_the_way_with_a_login_each_and_its_numbers_are_exact(
    places: Places, logins: Logins, tmp_path: Path
) -> None:
    """And no password, token or secret shows anywhere on the way."""
    prefix = unique_prefix()
    topics, (file, totals) = Topics(prefix), traffic(tmp_path)
    who = logins.make({role: rights(topics, role) for role in Role})
    named = {"FLOODMARK_TOPIC_PREFIX": prefix, "FLOODMARK_PARTITIONS": str(PARTITIONS)}
    rules = tmp_path / "bursts.toml"
    rules.write_text(text(5))
    told = {role: {**named, **who[role].environment} for role in Role}
    for role in WITH_PROCESSES:
        told[role] |= {"FLOODMARK_RULES": str(rules), "FLOODMARK_KAFKA_PROPERTIES": f"client.rack={EXTRA}"}
    # One of them has its password from a file.
    secret = tmp_path / "password"
    secret.write_text(told[Role.WORKER].pop("FLOODMARK_KAFKA_PASSWORD") + "\n")
    told[Role.WORKER]["FLOODMARK_KAFKA_PASSWORD_FILE"] = str(secret)

    made = floodmark({**named, "FLOODMARK_BROKER": places.plain}, "topics", "create")
    assert made[0] == 0, made[1]
    assert f"{topics.transactions}: made, with {PARTITIONS} partitions" in made[1]

    data, lines = tmp_path / "data", tmp_path / "minutes.jsonl"
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        told[Role.WEBHOOK] |= {"FLOODMARK_WEBHOOK_URL": receiver.url(f"/{TOKEN}")}
        told[Role.WEBHOOK] |= {"FLOODMARK_WEBHOOK_SECRET": SIGNED_BY}
        routes = tmp_path / "routes.toml"
        routes.write_text(ROUTES)
        told[Role.NOTIFY] |= {"HOOK_URL": receiver.url(f"/notify/{TOKEN}"), "HOOK_SECRET": SIGNED_BY}
        store = stack.enter_context(running(tmp_path / "store", ("store", "--data-dir", str(data)), {}))
        until(lambda: endpoint(data) is not None, store.said, 2 * PATIENCE_S)
        commands = {
            Role.WORKER: ("worker",),
            Role.CLICKHOUSE: ("sink", "clickhouse", "--data-dir", str(data)),
            Role.WEBHOOK: ("sink", "webhook", "--allow-http", "--allow-private"),
            Role.JSONL: ("sink", "jsonl", "--minutes", str(lines)),
            Role.NOTIFY: ("sink", "notify", "--routes", str(routes)),
        }
        runs: dict[Role, Running] = {}
        for role, words in commands.items():
            folder = tmp_path / role.value
            announced = ("--announce", str(folder / "announce.json"))
            runs[role] = stack.enter_context(running(folder, (*words, *announced), told[role]))
        for run in runs.values():
            until(run.is_ready, run.said, 2 * PATIENCE_S)
        published = floodmark(told[Role.PRODUCER], "replay", str(file))
        assert published[0] == 0, published[1]
        until(lambda: drained(places, topics.worker_group, [topics.transactions, topics.partials]), "counted")
        until(lambda: drained(places, topics.sink_group("clickhouse"), [topics.minutes, topics.alerts]), "stored")
        until(lambda: drained(places, topics.sink_group("jsonl"), [topics.minutes]), "written")
        until(lambda: len(posts(receiver, f"/{TOKEN}")) >= 1, runs[Role.WEBHOOK].said)
        until(lambda: len(posts(receiver, f"/notify/{TOKEN}")) >= 1, runs[Role.NOTIFY].said)

        query = "SELECT key, sum(count) FROM minutes WHERE dimension = 'status' GROUP BY key HAVING sum(count) > 0"
        _, answer = floodmark({}, "sql", "--data-dir", str(data), "--format", "csv", query)
        stored = dict(line.split(",") for line in answer.replace('"', "").splitlines()[1:])
        assert stored == {status: str(count) for status, count in totals.items()}
        latest = {
            (m["minute"], m["dimension"], m["key"]): m["count"]
            for m in sorted(map(json.loads, lines.read_text().splitlines()), key=lambda m: m["revision"])
        }
        written: Counter[str] = Counter()
        for (_, dimension, key), count in latest.items():
            written[key] += count if dimension == "status" else 0
        assert +written == totals
        told_of = json.loads(posts(receiver, f"/notify/{TOKEN}")[0])["data"]
        assert (told_of["kind"], told_of["title"]) == ("open", "Critical: failed")
        alert = json.loads(posts(receiver, f"/{TOKEN}")[0])["data"]
        assert (alert["state"], alert["key"], alert["observed"]) == ("firing", "failed", 9)

        # Whoever looks after it finds nothing wrong with the logins, and reads no secret either.
        looked = floodmark({**told[Role.PEOPLE]}, "doctor", "--data-dir", str(data))[1]
        assert "our login is enough for: producer, people" in " ".join(looked.split())
        checked = floodmark(told[Role.PEOPLE], "topics", "check")
        assert checked == (0, f"{len(topics.specs(1))} topics, all as they should be\n")
        shown = "\n".join([*(run.seen() for run in runs.values()), made[1], published[1], looked, checked[1]])
    for canary in (EXTRA, TOKEN, SIGNED_BY, *(login.password for login in who.values())):
        assert canary not in shown


def test_a_right_that_is_missing_is_known_each_one_and_no_other(places: Places, logins: Logins) -> None:
    """For every role and every right that it cannot work without; of transactional ids no cluster tells."""
    topics = Topics(unique_prefix())
    ensure_topics(places.plain, topics.specs(1), replication=1)
    needed = {role: [right for right in rights(topics, role) if not right.only_for] for role in Role}
    cases: dict[str, tuple[Role, Right]] = {
        f"{role} without {right}": (role, right)
        for role, each in needed.items()
        for right in each
        # All others hold it, or cannot be told without it.
        if right.operation is not Operation.DESCRIBE and right.resource is not Resource.TRANSACTIONAL_ID
    }
    given = {
        # Kafka tells somebody's rights on a topic only to whoever may see it.
        name: [*(each for each in needed[role] if each != without), replace(without, operation=Operation.DESCRIBE)]
        for name, (role, without) in cases.items()
    }
    users = logins.make({**given, **{f"{role}": needed[role] for role in Role}})
    for role in Role:
        until(lambda role=role: lacking(users[f"{role}"].cluster, needed[role]) == [], f"{role} has its rights")
    for name, (role, without) in cases.items():
        until(lambda n=name, r=role, w=without: lacking(users[n].cluster, needed[r]) == [w], name)


def test_topics_that_are_not_there_are_not_taken_for_forbidden(logins: Logins) -> None:
    """Whoever may see them is told nothing; whoever may not, what is lacking."""
    topics = Topics(unique_prefix())
    needed = rights(topics, Role.JSONL)
    users = logins.make({"may": needed, "may not": []})
    until(lambda: lacking(users["may"].cluster, needed) == [], "it has its rights")
    assert lacking(users["may not"].cluster, needed) == list(needed)
    with pytest.raises(RightsLacking, match=rf"needs: Read on topic {topics.minutes}, .* and 1 more\. Give the user"):
        require(users["may not"].cluster, needed, "the sink jsonl")


def without(topics: Topics, role: Role, name: str, operation: str) -> tuple[list[Right], Right]:
    """All rights of a role but one, and that one."""
    (missing,) = (r for r in rights(topics, role) if (r.name, r.operation.value) == (name, operation))
    return [right for right in rights(topics, role) if right != missing], missing


CASES = {
    Role.WORKER: (("worker",), "minutes", "Write"),
    Role.JSONL: (("sink", "jsonl", "--alerts", "{folder}/alerts.jsonl"), "floodmark-sink-jsonl", "Read"),
    Role.CLICKHOUSE: (("sink", "clickhouse", "--data-dir", "{folder}"), "transactions.dlq", "Write"),
    Role.WEBHOOK: (("sink", "webhook", "--url", "https://hooks.invalid/x"), "alerts", "Read"),
    Role.PRODUCER: (("replay", "--sample"), "transactions", "Write"),
}
"""For each kind of process: its command, and a right that it is not given."""


def test_processes_that_lack_a_right_end_with_3_and_name_it_and_so_does_doctor(
    places: Places, logins: Logins, tmp_path: Path
) -> None:
    """Each within half a minute; here all begin at once."""
    prefix = unique_prefix()
    topics = Topics(prefix)
    ensure_topics(places.plain, topics.specs(1), replication=1)
    given = {role: without(topics, role, prefix + name, operation) for role, (_, name, operation) in CASES.items()}
    users = logins.make({role: rest for role, (rest, _) in given.items()})
    told = {role: {**users[role].environment, "FLOODMARK_TOPIC_PREFIX": prefix} for role in CASES}
    with ExitStack() as stack:
        runs = {
            # A store that is not there is waited for, and not before the right is asked for.
            role: stack.enter_context(
                running(tmp_path / role.value, tuple(word.format(folder=tmp_path) for word in words), told[role])
            )
            for role, (words, _, _) in CASES.items()
        }
        for run in runs.values():
            assert run.child.wait(2 * PATIENCE_S) == 3, run.said()
    for role, (_, missing) in given.items():
        said = runs[role].said()
        last = said.splitlines()[-1]
        assert "does not give our login what " in last
        assert f"needs: {missing}. Give the user this right" in last
        assert "Traceback" not in said
        code, looked = floodmark(told[role], "doctor", "--data-dir", str(tmp_path))
        assert code in (1, 3)
        assert f"our login is not enough for {role.value}: it lacks {missing}" in " ".join(looked.split())
        assert users[role].password not in said + looked


def test_a_command_of_people_names_the_right_that_it_lacks(places: Places, logins: Logins) -> None:
    topics = Topics(unique_prefix())
    ensure_topics(places.plain, topics.specs(1), replication=1)
    worker = logins.make({"worker": rights(topics, Role.WORKER)})["worker"]
    told = {**worker.environment, "FLOODMARK_TOPIC_PREFIX": topics.prefix}
    for words, lacks in (
        (("dlq", "list"), f"Read on topic {topics.dead_letters}, Read on group {topics.helper_group('dlq-replay')}"),
        (
            ("ack", "an-incident"),
            f"Read on topic {topics.alerts}, Write on topic {topics.commands}, "
            f"Read on group {topics.helper_group('ack')}",
        ),
    ):
        code, said = floodmark(told, *words)
        assert (code, said.count("\n")) == (3, 1)
        assert f"what `floodmark {words[0]}` needs: {lacks}. Give the user these rights" in said


def test_people_make_and_list_api_keys_with_the_rights_that_are_listed(places: Places, logins: Logins) -> None:
    """And are told by name what lacks, where they have but those of another command."""
    topics = Topics(unique_prefix())
    ensure_topics(places.plain, topics.specs(1), replication=1)
    needed, looks = of_command(topics, KEYS), of_command(topics, LOOKS)
    seen = [Right(Resource.TOPIC, topics.api_keys, Operation.DESCRIBE)]
    users = logins.make({"may": [*needed, *seen], "may not": looks})
    told = {who: {**login.environment, "FLOODMARK_TOPIC_PREFIX": topics.prefix} for who, login in users.items()}
    until(lambda: lacking(users["may"].cluster, needed) == [], "it has its rights")
    until(lambda: lacking(users["may not"].cluster, looks) == [], "so has the other one")
    made = floodmark(told["may"], "keys", "create", "till 7", "--right", "read")
    assert made[0] == 0, made[1]
    listed = floodmark(told["may"], "keys", "list")
    assert (listed[0], "till 7" in listed[1]) == (0, True)
    code, said = floodmark(told["may not"], "keys", "list")
    assert code == 3
    assert f"what `floodmark keys` needs: Read on topic {topics.api_keys}, Write on topic {topics.api_keys}, " in said
    assert f"Read on group {topics.helper_group('keys')}. Give the user these rights" in said


def test_a_gateway_counts_a_post_with_a_key_once_with_the_rights_that_are_listed(
    places: Places, logins: Logins, tmp_path: Path
) -> None:
    """And names the right on transactional ids where that is what lacks."""
    topics = Topics(unique_prefix())
    ensure_topics(places.plain, topics.specs(1), replication=1)
    needed = rights(topics, Role.GATEWAY)
    without = [right for right in needed if right.resource is not Resource.TRANSACTIONAL_ID]
    assert len(without) == len(needed) - 1
    users = logins.make({"may": needed, "may not": without})
    body = json.dumps({"timestamp": int(time.time() * 1000), "status": "failed", "count": 8}).encode()
    told = {"FLOODMARK_TOPIC_PREFIX": topics.prefix, "FLOODMARK_GATEWAY_PORT": "0"}
    with ExitStack() as stack:
        runs: dict[str, Running] = {}
        for who, login in users.items():
            folder = tmp_path / who
            words = ("gateway", "--announce", str(folder / "announce.json"))
            runs[who] = stack.enter_context(running(folder, words, {**told, **login.environment}))
        for run in runs.values():
            until(run.is_ready, run.said, 2 * PATIENCE_S)

        def posted(who: str) -> tuple[int, bytes, str | None]:
            url = json.loads((runs[who].folder / "announce.json").read_text())["url"]
            headers = {"Content-Type": "application/json", "Idempotency-Key": who}
            request = urllib.request.Request(f"{url}/v1/transactions", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                    return answer.status, answer.read(), answer.headers["Idempotency-Replayed"]
            except urllib.error.HTTPError as error:
                return error.code, error.read(), None

        until(lambda: posted("may")[0] == 200, runs["may"].said)
        assert posted("may")[::2] == (200, "true")
        lacks = f"Write on transactional id {topics.transactional_prefix}"
        until(lambda: lacks.encode() in posted("may not")[1], runs["may not"].said)
        assert posted("may not")[0] == 503
    assert sum(Offsets(places.plain).ends([topics.transactions]).values()) == 2  # a record, and the mark of its commit


TAKEN = {
    (Role.WORKER, "partials", "Write"): "Kafka does not let our login write to {prefix}partials any more: give it that",
    (
        Role.WORKER,
        "floodmark",
        "Read",
    ): "consumer group {prefix}floodmark refuses this worker: [Error 30] GroupAuthoriz",
    (Role.CONSOLE, "alerts", "Read"): "floodmark sink: Kafka refuses to give records of {prefix}alerts: ",
}
"""A right that is taken away from a process that runs, and what it says then."""


def test_a_process_that_loses_a_right_ends_with_75_and_says_which(
    places: Places, logins: Logins, tmp_path: Path
) -> None:
    """Nothing is published: one that has nothing to do notices too. All begin at once."""
    topics = {lost: Topics(unique_prefix()) for lost in TAKEN}
    for each in topics.values():
        ensure_topics(places.plain, each.specs(1), replication=1)
    users = logins.make({str(lost): rights(each, lost[0]) for lost, each in topics.items()})
    with ExitStack() as stack:
        runs: dict[tuple[Role, str, str], Running] = {}
        for number, (lost, each) in enumerate(topics.items()):
            folder = tmp_path / str(number)
            told = {"FLOODMARK_TOPIC_PREFIX": each.prefix, "FLOODMARK_PARTITIONS": "1", "FLOODMARK_UNWELL_FOR_S": "5"}
            command = ("worker",) if lost[0] is Role.WORKER else ("sink", "console")
            words = (*command, "--announce", str(folder / "announce.json"))
            runs[lost] = stack.enter_context(running(folder, words, {**users[str(lost)].environment, **told}))
        for (role, _, _), run in runs.items():
            until(run.is_ready, run.said, 2 * PATIENCE_S)
            begun = "recovered" if role is Role.WORKER else "partitions_assigned"
            until(lambda run=run, begun=begun: begun in run.said(), run.said)
        for lost, each in topics.items():
            right = next(
                r for r in rights(each, lost[0]) if (r.name, r.operation.value) == (f"{each.prefix}{lost[1]}", lost[2])
            )
            logins.take(users[str(lost)], right)
        for lost, run in runs.items():
            assert run.child.wait(2 * PATIENCE_S) == 75, run.said()
            last = run.said().splitlines()[-1]
            assert TAKEN[lost].format(prefix=topics[lost].prefix) in last

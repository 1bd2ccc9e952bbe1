"""What is answered to a post, without a broker."""

import json
import threading
import tracemalloc
from typing import Any

import pytest

from floodmark.gateway.ingest.bodies import TooManyRecords, records_in
from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.settings import GatewaySettings
from tests.floodmark.gateway.ingest.build import GOOD, NOW_MS, SEED, Kept, parts, post, post_by_route

LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def test_one_record_is_published_as_it_came() -> None:
    kept = Kept()
    answer = post(parts(kept), json=GOOD)
    assert answer.status_code == 200
    assert {"accepted": 1, "refused": 0, "errors": []}.items() <= answer.json().items()
    assert [json.loads(value) for value in kept.values] == [GOOD]


def test_a_batch_and_lines_are_published_in_order() -> None:
    records = [{**GOOD, "count": count} for count in range(50)]
    for body in ({"json": records}, {"content": "\n".join(map(json.dumps, records)) + "\n\n", "headers": LINES}):
        kept = Kept()
        assert post(parts(kept), **body).json()["accepted"] == 50
        assert [json.loads(value)["count"] for value in kept.values] == list(range(50))


def test_the_bad_ones_of_a_batch_are_named_and_the_good_ones_are_in() -> None:
    kept = Kept()
    records = [GOOD, {**GOOD, "count": -1}, {"status": "failed"}, GOOD, {**GOOD, "status": "a|b"}]
    answer = post(parts(kept), json=records)
    assert answer.status_code == 207
    told = answer.json()
    assert (told["accepted"], told["refused"]) == (2, 3)
    assert [(e["index"], e["reason"], e["field"]) for e in told["errors"]] == [
        (1, "range", "count"),
        (2, "missing", "timestamp"),
        (4, "word", "status"),
    ]
    assert len(kept.values) == 2


@pytest.mark.parametrize(
    ("record", "reason", "field"),
    [
        ({**GOOD, "count": "8"}, "type", "count"),
        ({**GOOD, "timestamp": 1_752_338_700}, "too_old", "timestamp"),
        ({**GOOD, "timestamp": NOW_MS + 300_001}, "future", "timestamp"),
        ({**GOOD, "auth_code": 5}, "type", "auth_code"),
        ({"punctuation": NOW_MS}, "control", "punctuation"),
        (SEED, "zone", "timestamp"),
        ([], "not_an_object", ""),
    ],
)
def test_a_bad_record_alone_is_an_error_that_names_its_field(record: Any, reason: str, field: str) -> None:
    kept = Kept()
    answer = post(parts(kept), json=[record])
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert (error["reason"], error["field"]) == (reason, field)
    assert kept.values == []


def test_an_event_that_is_as_far_ahead_as_the_workers_let_it_is_taken() -> None:
    assert post(parts(Kept()), json={**GOOD, "timestamp": NOW_MS + 300_000}).status_code == 200


def test_a_time_without_a_zone_is_refused_with_the_name_of_the_setting() -> None:
    (error,) = post(parts(Kept()), json=SEED).json()["errors"]
    assert "FLOODMARK_GATEWAY_TIME_ZONE" in error["detail"]


def test_a_time_without_a_zone_is_read_in_the_zone_of_the_settings_and_published_as_an_instant() -> None:
    kept = Kept()
    assert post(parts(kept, zone="America/Sao_Paulo"), json=SEED).status_code == 200
    assert [json.loads(value) for value in kept.values] == [
        {"timestamp": 1_752_338_700_000, "status": "failed", "count": 8}
    ]


def test_epoch_milliseconds_may_be_written_with_a_point_when_they_are_whole() -> None:
    kept = Kept()
    answer = post(
        parts(kept),
        content=b'[{"timestamp":1752338700000.0,"status":"a"},{"timestamp":1.5,"status":"a"}]',
        headers=JSON,
    )
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert kept.values == [b'{"timestamp":1752338700000,"status":"a"}']


def test_a_time_that_the_clocks_never_show_or_show_twice_is_no_instant() -> None:
    records = [{**SEED, "timestamp": text} for text in ("2018-11-04 00:30:00", "2018-02-17 23:30:00")]
    errors = post(parts(Kept(), zone="America/Sao_Paulo"), json=records).json()["errors"]
    assert ["never comes" in errors[0]["detail"], "comes twice" in errors[1]["detail"]] == [True, True]
    assert "--" not in errors[0]["detail"] + errors[1]["detail"].replace("like -03:00", "")


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"", JSON, 400, "body"),
        (b"[]", JSON, 400, "body"),
        (b"[{}", JSON, 400, "body"),
        (b"[" * 5000, JSON, 400, "body"),
        (b"\n\n", LINES, 400, "body"),
        (b"{}", {"content-type": "text/plain"}, 415, "media-type"),
        (b"{}", {}, 415, "media-type"),
        (b"[" + b"{}," * 10_000 + b"{}]", JSON, 413, "too-many-records"),
        (b"{}\n" * 10_001, LINES, 413, "too-many-records"),
        (b"[" + b"1," * 1_000_000 + b"1]", JSON, 413, "too-many-records"),
        (b"{", JSON, 422, "no-good-record"),
        (b"\xff\n5\nnull", LINES, 422, "no-good-record"),
    ],
)
def test_what_holds_no_records_is_a_problem(body: bytes, headers: dict[str, str], status: int, kind: str) -> None:
    answer = post(parts(Kept()), content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs/problems#{kind}")


def test_while_the_broker_is_away_a_post_is_told_to_come_again() -> None:
    answer = post(parts(Kept(is_away=True)), json=GOOD)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "may count twice" in answer.json()["detail"]
    keyed = post(parts(Kept(is_away=True)), json=GOOD, headers={"idempotency-key": "a"})
    assert "it counts once" in keyed.json()["detail"]


def test_a_gateway_that_has_no_broker_yet_is_warming_up() -> None:
    made = parts(Kept())
    made.intake = None
    answer = post(made, json=GOOD)
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs/problems#warming-up")


def test_without_transactions_a_key_is_refused_and_promises_nothing() -> None:
    made = parts(Kept())
    assert made.intake is not None
    made.intake._once = None
    answer = post(made, json=GOOD, headers={"idempotency-key": "a"})
    assert (answer.status_code, answer.json()["type"]) == (501, "/docs/problems#no-idempotency")


def test_no_verdict_without_a_judge_and_the_record_is_in() -> None:
    told = post(parts(Kept()), json=GOOD).json()
    assert (told["verdict"], told["no_verdict"]) == (None, "this gateway does not follow the judge")


@pytest.mark.parametrize(
    "request_",
    [
        {"json": GOOD},
        {"json": [GOOD, {**GOOD, "count": -1}]},
        {"json": [{**GOOD, "count": -1}]},
        {"content": b"{", "headers": JSON},
        {"content": b"", "headers": JSON},
        {"content": b"x"},
        {"content": json.dumps(GOOD).encode(), "headers": LINES},
    ],
)
@pytest.mark.parametrize("is_away", [False, True])
def test_a_post_without_parameters_is_answered_as_the_route_answers_it(request_: dict[str, Any], is_away: bool) -> None:
    plain, by_route = (how(parts(Kept(is_away=is_away)), **request_) for how in (post, post_by_route))
    assert (plain.status_code, plain.content) == (by_route.status_code, by_route.content)
    assert by_route.headers.items() <= plain.headers.items()


def test_posts_without_and_with_parameters_are_counted_as_one_route() -> None:
    made = parts(Kept())
    post(made, json=GOOD)
    post(made, json=GOOD, params={"verdict": "false"})
    labels = {"method": "POST", "route": "/v1/transactions", "status": "200"}
    assert made.registry.get_sample_value("floodmark_gateway_requests_total", labels) == 2


def test_an_array_of_millions_is_refused_before_it_takes_memory() -> None:
    body = b"[" + b"1," * 4_000_000 + b"1]"
    tracemalloc.start()
    try:
        with pytest.raises(TooManyRecords):
            records_in(body, "application/json")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_ten_thousand_records_of_many_fields_are_taken() -> None:
    record = json.dumps({**GOOD, **{f"x{number}": 1 for number in range(60)}})
    assert len(records_in(f"[{','.join([record] * 10_000)}]".encode(), "application/json")) == 10_000


def test_a_large_post_is_read_beside_the_loop_and_a_small_one_on_it() -> None:
    readers: list[bool] = []
    mine = threading.get_ident()

    def now_ms() -> int:
        readers.append(threading.get_ident() == mine)
        return NOW_MS

    kept = Kept()
    made = GatewayParts(GatewaySettings(), intake=Intake(kept, kept, now_ms=now_ms))
    assert post(made, json=GOOD).status_code == 200
    assert post(made, json=[GOOD] * 5_000).json()["accepted"] == 5_000
    assert readers == [True, False]
    assert len(kept.values) == 5_001

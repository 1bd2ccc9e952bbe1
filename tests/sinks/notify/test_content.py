"""What a message says."""

from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any, Literal, get_args

import pytest

from sinks.notify.content import MAX_LISTED, Content
from sinks.notify.message import content
from sinks.notify.notification import REPORTS, Due, Kind, Notification, NotificationMember
from sinks.notify.routing.model import Team
from sinks.notify.words import WORDS, Speaker, age
from tests.sinks.notify.routing.kit import alert

SINCE = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
NOW_MS = int((SINCE + timedelta(minutes=75)).timestamp() * 1000)


def said(
    kind: Kind = "open", team: Team | None = None, alerts: list[dict[str, Any]] | None = None, begun: int = 1
) -> Content:
    members = {}
    for number, fields in enumerate(alerts or [{}]):
        own = {name: fields[name] for name in ("severity", "scope", "key", "dimension", "loss") if name in fields}
        rest = {name: value for name, value in fields.items() if name not in own}
        made = alert(SINCE, **own).model_copy(update={"incident_id": f"i{number}", **rest})
        members[made.incident_id] = NotificationMember(made, 0, times=begun)
    notification = Notification("n1", "r", "t", (), 0, members)
    return content(notification, Due("chat", "t", kind, 0, 3), team or Team(name="t"), NOW_MS, "https://fm.example/")


def parts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_language_says_everything_with_the_same_parts() -> None:
    spoken = {language: {word: parts(text) for word, text in words.items()} for language, words in WORDS.items()}
    assert spoken["pt"] == spoken["en"]
    assert set(get_args(Kind)) <= set(spoken["en"])


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("open", "Critical: denied of shop"),
        ("rise", "Now critical: denied of shop"),
        ("repeat", "Still critical, nobody is on it: denied of shop"),
        ("escalation", "Critical, nobody has answered for 1 h 15 min: denied of shop"),
        ("acknowledged", "ana is on it: denied of shop"),
        ("resolved", "Over after 31 min: denied of shop"),
        ("passed", "Came and went within 31 min: denied of shop"),
        ("corrected", "Not so after all: denied of shop"),
    ],
)
def test_a_title_says_why_and_what(kind: Kind, title: str) -> None:
    fields = {
        "severity": "critical",
        "scope": "shop",
        "acknowledged_by": "ana",
        "last_seen": SINCE + timedelta(minutes=30),
    }
    assert said(kind, alerts=[fields]).title == title


def test_a_team_reads_its_language_its_zone_and_its_numbers() -> None:
    team = Team(name="t", language="pt", time_zone="America/Sao_Paulo")
    message = said(team=team, alerts=[{"scope": "loja", "loss": 12_345}])
    assert message.title == "Atenção: denied de loja"
    assert [(fact.name, fact.value) for fact in message.incidents[0].facts] == [
        ("Desde", "2026-01-07 09:00 -03"),
        ("Perda", "12.345 transações"),
    ]


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({}, "1.234 no último minuto afetado, onde se esperavam 60"),
        ({"damage": {"share": 0.314}}, "1.234 no último minuto afetado, onde se esperavam 60; perde-se agora 31 %"),
        (
            {"damage": {"share": 0.314}, "state": "resolved", "last_seen": SINCE + timedelta(minutes=11)},
            "encerrado após 12 min; 1.234 no último minuto afetado, onde se esperavam 60",
        ),
        ({"state": "withdrawn"}, "retirado; dados atrasados mostraram que nada estava errado"),
        ({"damage": {"share": float("nan")}}, "1.234 no último minuto afetado, onde se esperavam 60"),
        ({"expected": None}, "1.234 no último minuto afetado"),
        ({"expected": float("nan")}, "1.234 no último minuto afetado"),
        ({"expected": 1e300}, "1.234 no último minuto afetado"),
        (
            {"dimension": "stream", "key": "silent"},
            "nenhuma origem envia mais nada: não se sabe se há transações",
        ),
        ({"dimension": "stream", "key": "silent", "state": "resolved"}, "encerrado após 1 min"),
        ({"dimension": "stream", "key": "of another release"}, "as the judge says it"),
    ],
)
def test_where_another_language_is_read_the_numbers_are_said_in_it(fields: dict[str, Any], summary: str) -> None:
    seen = {"observed": 1234, "expected": 60.2, "summary": "as the judge says it"} | fields
    in_portuguese = said(team=Team(name="t", language="pt"), alerts=[seen]).incidents[0].summary
    assert in_portuguese == summary
    assert said(alerts=[seen]).incidents[0].summary == "as the judge says it"


def test_the_most_severe_and_the_largest_loss_come_first_and_the_rest_is_counted() -> None:
    alerts = [{"loss": number, "scope": f"s{number:02}"} for number in range(14)] + [
        {"severity": "critical", "scope": "worst"}
    ]
    message = said(alerts=alerts)
    assert message.title == "Critical: 15 incidents of 15 scopes"
    assert [incident.title for incident in message.incidents][:3] == [
        "denied of worst",
        "denied of s13",
        "denied of s12",
    ]
    assert (len(message.incidents), message.further, message.further_words) == (
        MAX_LISTED,
        5,
        "and 5 more: https://fm.example/",
    )


def test_what_is_over_is_not_named_when_people_are_called() -> None:
    message = said("more", alerts=[{"scope": "over", "state": "resolved"}, {"scope": "open"}])
    assert [incident.title for incident in message.incidents] == ["denied of open"]
    assert len(said("resolved", alerts=[{"scope": "over", "state": "resolved"}, {"scope": "open"}]).incidents) == 2


def test_a_digest_names_what_there_was_and_says_what_is_over_and_how_often_it_began() -> None:
    alerts: list[dict[str, Any]] = [
        {"scope": "over", "state": "resolved", "last_seen": SINCE + timedelta(minutes=5)},
        {"scope": "open", "severity": "critical"},
        {"scope": "wrong", "state": "withdrawn"},
    ]
    message = said("digest", alerts=alerts)
    assert message.title == "Digest: 2 incidents of 2 scopes; still open: 1"
    assert [incident.title for incident in message.incidents] == ["denied of open", "denied of over"]
    assert [(fact.name, fact.value) for fact in message.incidents[1].facts] == [
        ("Since", "2026-01-07 12:00 UTC"),
        ("Over since", "2026-01-07 12:06 UTC"),
    ]
    assert not message.calls


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("flapping", "Warning, comes and goes: denied of s"),
        ("resolved", "Over, it came and went for 31 min: denied of s"),
    ],
)
def test_what_begins_again_and_again_says_how_often(kind: Kind, title: str) -> None:
    fields = {"scope": "s", "last_seen": SINCE + timedelta(minutes=30)}
    message = said(kind, alerts=[fields], begun=4)
    assert message.title == title
    assert [fact.value for fact in message.incidents[0].facts if fact.name == "Has begun"] == [
        "4 times in a short while"
    ]


def test_links_quote_what_they_hold_and_what_cannot_be_seen_is_no_part_of_a_text() -> None:
    message = said(alerts=[{"scope": "a\u202eb", "summary": "x\ny\u200b", "incident_id": "i/../1?"}])
    (incident,) = message.incidents
    assert incident.title == "denied of a b"
    assert incident.summary == "x y"
    assert incident.url == "https://fm.example/incidents/i%2F..%2F1%3F"


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({"summary": "denied in shop: 60 in one minute"}, "60 in one minute"),
        ({"summary": "denied in shop, corrected: 60 in one minute"}, "denied in shop, corrected: 60 in one minute"),
        ({"dimension": "auth_code", "key": "51", "summary": "auth code 51 in shop: 6"}, "6"),
        ({"dimension": "volume", "key": "total", "summary": "volume in shop: 6"}, "6"),
        ({"dimension": "stream", "key": "source_silent", "summary": "stream of shop source silent: 3"}, "3"),
        ({"key": "failed", "summary": "denied in shop: 60 in one minute"}, "denied in shop: 60 in one minute"),
        ({"state": "acknowledged", "observed": 6, "summary": "denied in shop: ana is on it"}, "6 in the last minute"),
    ],
)
def test_what_a_title_has_said_a_summary_does_not_say_again(fields: dict[str, Any], summary: str) -> None:
    assert said(alerts=[{"scope": "shop", **fields}]).incidents[0].summary.removesuffix(" that was hit") == summary


def test_what_was_taken_back_has_cost_nothing_and_has_no_cause() -> None:
    fields = {
        "state": "withdrawn",
        "loss": 12,
        "attribution": [{"dimension": "auth_code", "key": "51", "percent": 80.4}],
    }
    assert [fact.name for fact in said("corrected", alerts=[fields]).incidents[0].facts] == ["Since"]


@pytest.mark.parametrize("year", [2, 9998])
@pytest.mark.parametrize("kind", ["open", "resolved"])
def test_a_wrong_clock_of_one_alert_makes_no_service_refuse_the_message_of_all(year: int, kind: Kind) -> None:
    wrong = datetime(year, 1, 1, tzinfo=UTC)
    message = said(kind, alerts=[{}, {"since": wrong, "last_seen": wrong, "scope": "other"}])
    assert datetime.fromtimestamp(0, UTC) <= message.began <= message.at


@pytest.mark.parametrize(
    ("fields", "terms"),
    [
        ({"acknowledged_by": "ana", "acknowledged_note": "calling"}, "calling"),
        ({"acknowledged_by": "ana", "acknowledged_until": SINCE + timedelta(hours=4)}, "Até 2026-01-07 16:00 UTC"),
        (
            {
                "acknowledged_by": "ana",
                "acknowledged_until": SINCE + timedelta(hours=4),
                "acknowledged_note": "calling",
            },
            "Até 2026-01-07 16:00 UTC: calling",
        ),
        ({}, ""),
    ],
)
def test_below_a_title_that_says_who_is_on_it_until_when_and_why_is_said(fields: dict[str, Any], terms: str) -> None:
    assert said("acknowledged", team=Team(name="t", language="pt"), alerts=[fields]).terms == terms


def test_which_source_it_is_is_not_lost_in_another_language() -> None:
    fields = {"dimension": "stream", "key": "source_silent", "summary": "stream of all source silent: source 3"}
    team = Team(name="t", language="pt")
    facts = {fact.name: fact.value for fact in said(team=team, alerts=[fields]).incidents[0].facts}
    assert facts["Detalhe (em inglês)"] == "source 3"
    over = said(team=team, alerts=[fields | {"state": "resolved"}]).incidents[0].facts
    assert [fact.name for fact in over] == ["Desde"]
    assert [fact.name for fact in said(alerts=[fields]).incidents[0].facts] == ["Since"]


@pytest.mark.parametrize("count", [1e300, float("inf"), -1e300, float("nan")])
def test_what_counts_nothing_is_no_number_of_three_hundred_digits(count: float) -> None:
    assert Speaker("en").number(count) == "?"
    assert Speaker("pt").number(2**53 - 1) == "9.007.199.254.740.991"


@pytest.mark.parametrize(("language", "words"), [("en", "1 transaction"), ("pt", "1 transação")])
def test_of_one_there_is_no_plural(language: Literal["en", "pt"], words: str) -> None:
    (fact,) = said(team=Team(name="t", language=language), alerts=[{"loss": 1}]).incidents[0].facts[1:]
    assert fact.value == words


def test_volume_and_the_stream_are_called_so() -> None:
    assert (
        said(alerts=[{"dimension": "volume", "key": "total", "scope": "shop"}]).title
        == "Warning: transaction volume of shop"
    )
    assert said(alerts=[{"dimension": "stream", "key": "source_silent"}]).title == (
        "Warning: the stream (a source is silent)"
    )
    assert said(alerts=[{"dimension": "auth_code", "key": "51"}]).title == "Warning: auth code 51"
    assert said(alerts=[{"key": "failed"}, {}]).title == "Warning: 2 incidents"


def test_loss_cause_and_advice_are_told_where_they_are_known() -> None:
    fields = {
        "estimated_loss": {"transactions": 1200.4, "net_transactions": 900.0},
        "attribution": [{"dimension": "auth_code", "key": "51", "percent": 80.4}],
        "recommendation": "Call the issuer.",
    }
    facts = [(fact.name, fact.value) for fact in said(alerts=[fields]).incidents[0].facts]
    assert facts[1:] == [
        ("Lost", "1,200 transactions (900 after what came back)"),
        ("Cause", "auth code 51 (80 %)"),
        ("To do", "Call the issuer."),
    ]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (75, "1 h 15 min"), (1440, "1 d"), (1500, "1 d 1 h")],
)
def test_an_age_is_in_its_two_largest_units(minutes: int, words: str) -> None:
    assert age(timedelta(minutes=minutes)) == words


def test_a_number_is_written_as_the_language_writes_it() -> None:
    assert Speaker("en").number(1234567.4) == "1,234,567"
    assert Speaker("pt").number(1234567.4) == "1.234.567"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-08T00:00:00Z"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Sao_Paulo"])
@pytest.mark.parametrize("kind", ["escalation", "resolved"])
def test_an_alert_from_the_end_of_time_or_from_tomorrow_is_told_like_any_other(at: str, zone: str, kind: Kind) -> None:
    instant = dict.fromkeys(("since", "last_seen", "timestamp"), datetime.fromisoformat(at))
    made = said(kind, Team(name="t", time_zone=zone), [instant])
    assert "-" not in made.title.replace("denied", "")
    assert made.incidents[0].facts[0].value


@pytest.mark.parametrize("kind", sorted(set(get_args(Kind)) - REPORTS - {"budget"}))
@pytest.mark.parametrize(
    ("language", "word"), [("en", "DRILL, nothing is wrong. "), ("pt", "SIMULADO, nada está errado. ")]
)
def test_every_message_of_a_drill_begins_with_that(kind: Kind, language: Literal["en", "pt"], word: str) -> None:
    member = NotificationMember(alert(SINCE).model_copy(update={"incident_id": "d"}), 0)
    notification = Notification("n1", "(drill)", "t", ("d",), 0, {"d": member}, drill=True)
    found = content(notification, Due("chat", "t", kind, 0, 1), Team(name="t", language=language), NOW_MS, "https://fm")
    assert found.title.startswith(word)
    assert found.drill
    assert [incident.url for incident in found.incidents] == [""]
    assert not said(kind).drill

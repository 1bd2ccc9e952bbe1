import io
import json

import pytest
from rich.console import Console

from schemas.alert import Alert
from schemas.codec import decode
from sinks.console.destination import ConsoleSink
from sinks.console.text import lines
from sinks.protocol import UnreadableRecord
from tests.sinks.sink_kit import AT, alert, alert_at, plain


def printed(*records, form: str = "text") -> str:
    out = io.StringIO()
    sink = ConsoleSink(form, out)  # type: ignore[arg-type]
    sink.write([entry for record in records if (entry := sink.read(record)) is not None])
    return out.getvalue()


def test_an_alert_is_two_lines_with_all_that_people_ask_for() -> None:
    assert printed(alert_at(1)) == (
        "2025-07-12 18:07 UTC CRITICAL firing       all/status reversed=5\n"
        "    expected 1.1667 (mean 1.1667, std 1.1769, z 3.2572); share 4.22 %; rules zscore; "
        "since 2025-07-12 18:07 UTC; incident incident-1\n"
    )


def test_what_is_not_known_is_left_out() -> None:
    bare = {"expected": None, "mean": None, "std": None, "z": None, "share": None, "rules": []}
    assert printed(alert_at(1, **bare)).splitlines()[1] == "    since 2025-07-12 18:07 UTC; incident incident-1"


def test_statistics_without_an_expectation_are_shown() -> None:
    assert "    mean 1.1667, std 1.1769, z 3.2572; share" in printed(alert_at(1, expected=None))


def test_who_is_on_it_is_shown() -> None:
    by = {"state": "acknowledged", "acknowledged_by": "ann\x07", "acknowledged_at": AT}
    assert "; acknowledged by ann· at 2025-07-12 18:07 UTC; since" in printed(alert_at(1, **by))
    assert "at 2025-07-12 18:07 UTC (on\u00b7it); since" in printed(alert_at(1, **by, acknowledged_note="on\nit"))


def test_what_is_lost_and_what_explains_it_is_shown() -> None:
    causes = [
        {"dimension": "auth_code", "key": "51\x1b", "observed": 90, "expected": 10.0, "percent": 80.4},
        {"dimension": "auth_code", "key": "59", "observed": 20, "expected": 5.0, "percent": 19.6},
        {"effect": "rate", "transactions": 80.0},
    ]
    loss = {"transactions": 840.2, "amount": 1e6}
    text = printed(alert_at(1, attribution=causes, estimated_loss=loss))
    assert "; rules zscore; lost 840 transactions; cause auth_code 51· (80 %); since" in text
    assert "; lost 840 transactions (630 after what came back); since" in printed(
        alert_at(1, estimated_loss=loss | {"net_transactions": 630.1})
    )


def test_a_percentage_of_more_digits_than_a_float_has_is_left_out() -> None:
    causes = [{"dimension": "auth_code", "key": "51", "percent": 10**400}]
    assert "; cause auth_code 51; since" in printed(alert_at(1, attribution=causes))


def test_why_it_is_so_severe_is_shown() -> None:
    text = printed(alert_at(1, severity_because="critical: 62% is lost now, 812 transactions in 4 minutes\x1b"))
    assert "; rules zscore; critical: 62% is lost now, 812 transactions in 4 minutes·; since" in text


def test_a_loss_of_less_than_one_and_a_split_alone_are_not_shown() -> None:
    text = printed(alert_at(1, attribution=[{"effect": "rate"}], estimated_loss={"transactions": 0.4}))
    assert "; rules zscore; since" in text


def test_json_is_one_alert_a_line() -> None:
    (line,) = printed(alert_at(1), form="json").splitlines()
    assert decode(Alert, line.encode()) == alert(incident_id="incident-1")
    assert "specversion" not in json.loads(line)


def test_without_a_terminal_there_are_no_colours() -> None:
    assert "\x1b" not in printed(alert_at(1))


@pytest.mark.parametrize(("state", "colour"), [("firing", "red"), ("resolved", "green")])
def test_on_a_terminal_the_severity_has_a_colour(state: str, colour: str) -> None:
    styles = [str(span.style) for span in lines(alert(state=state)).spans]
    assert any(colour in style for style in styles)
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="standard").print(lines(alert(state=state)))
    assert "\x1b[" in out.getvalue()


def test_nothing_in_a_record_can_steer_the_terminal() -> None:
    evil = printed(alert_at(1, key="\x1b[2Jgone", scope="a\nb[red]", rules=["\x07bell"]))
    assert "\x1b" not in evil
    assert "\x07" not in evil
    assert len(evil.splitlines()) == 2
    assert "a·b[red]/status ·[2Jgone=5" in evil


def test_instants_of_another_zone_are_shown_in_utc_to_the_minute() -> None:
    assert printed(alert_at(1, timestamp="2025-07-12T15:07:30-03:00")).startswith("2025-07-12 18:07 UTC ")


def test_what_is_not_an_alert_is_unreadable() -> None:
    sink = ConsoleSink("text", io.StringIO())
    with pytest.raises(UnreadableRecord, match="not an alert"):
        sink.read(plain(0, b"[]"))
    assert sink.read(plain(0, None)) is None

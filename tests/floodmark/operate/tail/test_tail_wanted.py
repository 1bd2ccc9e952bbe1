from floodmark.operate.tail.lines import minute_line
from floodmark.operate.tail.wanted import WantedRecords
from tests.floodmark.local.up.alert_kit import alert, seen


def test_nothing_named_means_all() -> None:
    assert WantedRecords.of((), (), ()).has_alert(alert())
    assert WantedRecords.of((), (), ()).has_minute(seen())


def test_what_is_named_is_wanted_however_it_is_typed_and_nothing_else() -> None:
    wanted = WantedRecords.of(["Shop-1"], [" DENIED "], ["critical"])
    assert wanted.has_alert(alert(scope="shop-1", key="denied", severity="critical"))
    for other in ({"scope": "shop-2"}, {"key": "failed"}, {"severity": "warning"}):
        assert not wanted.has_alert(alert(**{"scope": "shop-1", "key": "denied", "severity": "critical", **other}))


def test_a_minute_is_wanted_by_its_verdict() -> None:
    wanted = WantedRecords.of((), (), ["critical", "warning"])
    assert [wanted.has_minute(seen(verdict=word)) for word in ("critical", "warning", "normal")] == [True, True, False]


def test_a_minute_is_one_line_with_what_is_known() -> None:
    assert minute_line(
        seen("denied", count=65, share=0.4, low=1.6, high=22.0, score=50.0, verdict="critical")
    ).plain == ("2025-07-12 12:00 UTC critical   all/status  denied=65  expected 1.6 to 22  share 40.00 %  score 50")
    assert (
        minute_line(seen("denied", count=0, share=None)).plain == "2025-07-12 12:00 UTC normal     all/status  denied=0"
    )


def test_a_name_does_not_steer_the_terminal() -> None:
    assert "\x1b" not in minute_line(seen("a\x1b[2Jb")).plain

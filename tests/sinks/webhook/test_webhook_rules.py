"""What the webhook decides without a network: addresses, answers, which alerts, settings."""

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from sinks.http.addresses import ForbiddenAddress, is_public, permitted
from sinks.http.answers import Verdict, retry_after_s, trouble, verdict
from sinks.protocol import Trouble
from sinks.webhook.advice import advice
from sinks.webhook.selection import MAX_INCIDENTS, Selection
from sinks.webhook.settings import WebhookMisconfigured, WebhookSettings, read_secrets
from tests.sinks.sink_kit import alert

NOW = datetime(2025, 7, 12, 18, 7, tzinfo=UTC)
URL = "https://hooks.example.com/T0KEN-in-path"


def knows(*addresses: str):
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.8",
        "64:ff9b:1::1",
        "3fff::1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_a_public_address_is_permitted(address: str) -> None:
    assert is_public(ip_address(address))


def test_of_several_addresses_only_the_public_ones_are_kept() -> None:
    assert permitted(["10.0.0.1", "1.1.1.1", "fe80::1%eth0"], allow_private=False) == ["1.1.1.1"]


def test_a_host_with_only_private_addresses_is_refused_unless_allowed() -> None:
    with pytest.raises(ForbiddenAddress, match="private address"):
        permitted(["10.0.0.1", "::1"], allow_private=False)
    assert permitted(["10.0.0.1"], allow_private=True) == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Verdict.DELIVERED),
        (202, Verdict.DELIVERED),
        (204, Verdict.DELIVERED),
        (301, Verdict.MENDABLE),
        (307, Verdict.MENDABLE),
        (400, Verdict.REJECTED),
        (401, Verdict.MENDABLE),
        (403, Verdict.MENDABLE),
        (404, Verdict.MENDABLE),
        (405, Verdict.MENDABLE),
        (408, Verdict.LATER),
        (410, Verdict.MENDABLE),
        (413, Verdict.REJECTED),
        (418, Verdict.MENDABLE),
        (422, Verdict.REJECTED),
        (425, Verdict.LATER),
        (429, Verdict.LATER),
        (500, Verdict.LATER),
        (503, Verdict.LATER),
        (599, Verdict.LATER),
    ],
)
def test_the_status_says_whose_fault_it_is(status: int, expected: Verdict) -> None:
    assert verdict(status) is expected


@pytest.mark.parametrize(
    ("status", "says"), [(301, "redirects"), (401, "credentials"), (404, "URL"), (410, "another URL"), (418, "URL")]
)
def test_what_somebody_has_to_mend_is_said(status: int, says: str) -> None:
    assert says in advice(status)


def test_each_status_to_try_again_has_its_reason() -> None:
    assert [trouble(status) for status in (408, 425, 429, 500)] == [
        Trouble.TIMEOUT,
        Trouble.THROTTLED,
        Trouble.THROTTLED,
        Trouble.SERVER_ERROR,
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 12 Jul 2025 18:09:00 GMT", 120.0),
        ("Sat, 12 Jul 2025 18:09:00 -0000", 120.0),
        ("Sat, 12 Jul 2025 18:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("9" * 400, 999_999_999_999.0),
        ("Sat, 12 Jul 99999999999999999999 18:09:00 GMT", None),
        ("Sat, 12 Jul 2025 18:09:00 +99999999999999999999", None),
        ("Sat, 12 Jul 2025 99999999999999999999:09:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, expected: float | None) -> None:
    assert retry_after_s(header, NOW) == expected


class TestSelection:
    def test_what_a_critical_incident_hides_wakes_nobody_until_it_is_hidden_no_longer(self) -> None:
        selection = Selection()
        assert not selection.wants(alert(state="firing", inhibited_by="b"))
        assert not selection.wants(alert(state="amended", inhibited_by="b"))
        assert selection.wants(alert(state="updated"))

    def test_that_a_hidden_one_is_over_is_sent_since_it_may_have_been_sent_before(self) -> None:
        assert Selection().wants(alert(state="resolved", inhibited_by="b"))

    @pytest.mark.parametrize("state", ["firing", "resolved", "amended", "withdrawn"])
    def test_what_opens_ends_or_corrects_is_sent(self, state: str) -> None:
        assert Selection().wants(alert(state=state))

    def test_an_update_of_the_same_severity_is_not_sent(self) -> None:
        selection = Selection()
        selection.sent(alert(severity="warning"))
        assert not selection.wants(alert(state="updated", severity="warning", revision=2))
        assert not selection.wants(alert(state="updated", severity="info", revision=2))

    def test_a_rise_in_severity_is_sent(self) -> None:
        selection = Selection()
        selection.sent(alert(severity="warning"))
        assert selection.wants(alert(state="updated", severity="critical", revision=2))

    def test_a_rise_that_was_not_sent_stays_news(self) -> None:
        selection = Selection()
        selection.sent(alert(severity="warning"))
        rise = alert(state="updated", severity="critical", revision=2)
        assert selection.wants(rise)
        assert selection.wants(rise)

    def test_a_fall_in_severity_is_not_sent_and_a_rise_after_it_is(self) -> None:
        selection = Selection()
        selection.sent(alert(severity="critical"))
        assert not selection.wants(alert(state="updated", severity="warning", revision=2))
        assert not selection.wants(alert(state="updated", severity="warning", revision=3))
        assert selection.wants(alert(state="updated", severity="critical", revision=4))

    def test_who_took_it_on_as_critical_is_not_paged_again_when_it_falls_and_rises(self) -> None:
        selection = Selection()
        selection.sent(alert(severity="critical"))
        for severity in ("warning", "critical"):
            assert not selection.wants(alert(state="updated", severity=severity, acknowledged_severity="critical"))

    def test_an_update_of_an_unknown_incident_is_sent_since_it_may_be_news(self) -> None:
        assert Selection().wants(alert(state="updated"))

    def test_an_incident_that_is_over_is_forgotten(self) -> None:
        selection = Selection()
        selection.sent(alert())
        selection.sent(alert(state="resolved", revision=2))
        assert selection.wants(alert(state="updated", revision=3))

    def test_that_somebody_is_on_it_is_sent(self) -> None:
        assert Selection().wants(alert(state="acknowledged", acknowledged_severity="critical"))
        assert not Selection().wants(alert(state="acknowledged", inhibited_by="b"))

    def test_an_incident_that_somebody_is_on_pages_again_only_when_it_gets_worse_also_after_a_restart(self) -> None:
        selection = Selection()
        same = alert(state="updated", severity="warning", acknowledged_severity="warning", revision=3)
        worse = alert(state="updated", severity="critical", acknowledged_severity="warning", revision=4)
        assert not selection.wants(same)
        assert selection.wants(worse)
        selection.sent(worse)
        assert not selection.wants(worse)

    @pytest.mark.parametrize("state", ["resolved", "amended", "withdrawn"])
    def test_how_it_ends_is_sent_also_when_somebody_is_on_it(self, state: str) -> None:
        assert Selection().wants(alert(state=state, acknowledged_severity="critical"))

    @pytest.mark.parametrize("state", ["updated", "acknowledged"])
    def test_all_states_are_sent_on_demand(self, state: str) -> None:
        selection = Selection(all_states=True)
        selection.sent(alert())
        assert selection.wants(alert(state=state, revision=2))

    def test_the_memory_is_bounded(self) -> None:
        selection = Selection()
        for number in range(MAX_INCIDENTS + 1):
            selection.sent(alert(incident_id=str(number)))
        assert selection.wants(alert(state="updated", incident_id="0"))
        assert not selection.wants(alert(state="updated", incident_id="1"))


class TestSettings:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("ftp://example.com/x", "https://"),
            ("example.com/x", "https://"),
            ("https:///x", "host"),
            ("http://example.com/x", "--allow-http"),
            ("https://user:hunter2@example.com/x", "name and a password"),
            ("https://exa\x00mple.com/", "cannot be read"),
        ],
    )
    def test_a_url_that_cannot_be_used_is_refused_with_the_reason(self, url: str, says: str) -> None:
        with pytest.raises(WebhookMisconfigured, match=says) as error:
            WebhookSettings(url).check(knows("1.1.1.1"))
        assert "hunter2" not in str(error.value)

    def test_a_private_host_is_refused_unless_allowed(self) -> None:
        with pytest.raises(WebhookMisconfigured, match="private"):
            WebhookSettings(URL).check(knows("10.0.0.1"))
        WebhookSettings(URL, allow_private=True).check(knows("10.0.0.1"))

    def test_a_host_that_is_not_known_yet_is_no_error(self) -> None:
        def nobody(_host: str, _port: int) -> list[str]:
            raise OSError("no such host")

        WebhookSettings(URL).check(nobody)

    def test_settings_show_neither_url_nor_secret(self) -> None:
        shown = repr(WebhookSettings(URL, (b"hunter2",)))
        assert "T0KEN" not in shown
        assert "hunter2" not in shown
        assert WebhookSettings(URL).origin == "https://hooks.example.com"

    def test_the_secret_file_comes_before_the_variable(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("new\nold\n")
        file.chmod(0o600)
        warnings: list[str] = []
        assert read_secrets(file, "variable", warnings.append) == (b"new", b"old")
        assert read_secrets(None, "variable", warnings.append) == (b"variable",)
        assert read_secrets(None, None, warnings.append) == ()
        assert warnings == []

    def test_a_secret_file_for_all_to_read_is_warned_of(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("s")
        file.chmod(0o644)
        warnings: list[str] = []
        read_secrets(file, None, warnings.append)
        assert len(warnings) == 1

    @pytest.mark.parametrize("content", ["", "\n \n", "a\nb\nc\n"])
    def test_a_secret_file_without_one_or_two_lines_is_refused(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "secret"
        file.write_text(content)
        with pytest.raises(WebhookMisconfigured, match="one secret"):
            read_secrets(file, None, lambda _text: None)

    def test_a_missing_secret_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(WebhookMisconfigured, match="cannot be read"):
            read_secrets(tmp_path / "none", None, lambda _text: None)

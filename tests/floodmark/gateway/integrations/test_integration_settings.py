"""Where the services' secrets come from, and that nobody sees them."""

from pathlib import Path

import pytest

from floodmark.gateway.settings import GatewaySettings
from runtime.exits import Misused


def test_a_secret_comes_from_a_variable_or_from_a_file_with_a_line_for_each(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("one\n two \n\n")
    file.chmod(0o600)
    assert GatewaySettings().secrets("slack") == ()
    assert GatewaySettings(gateway_slack_secret="one").secrets("slack") == (b"one",)
    assert GatewaySettings(gateway_pagerduty_secret_file=file).secrets("pagerduty") == (b"one", b"two")


@pytest.mark.parametrize("text", [None, "", "\n".join("abcdefghijk"), "caf\u00e9"])
def test_a_file_that_cannot_be_used_is_named_with_its_variable_and_without_what_is_in_it(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "secrets"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Misused) as error:
        GatewaySettings(gateway_slack_secret_file=file).secrets("slack")
    said = error.value.sentence
    assert "FLOODMARK_GATEWAY_SLACK_SECRET_FILE" in said
    assert str(file) in said
    assert not text or text not in said


def test_two_places_for_one_secret_are_refused(tmp_path: Path) -> None:
    settings = GatewaySettings(gateway_slack_secret="hunter2", gateway_slack_secret_file=tmp_path / "x")
    with pytest.raises(Misused, match="FLOODMARK_GATEWAY_SLACK_SECRET is set as well") as error:
        settings.secrets("slack")
    assert "hunter2" not in error.value.sentence + repr(settings)

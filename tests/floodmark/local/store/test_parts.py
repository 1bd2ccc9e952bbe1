"""The small parts of the store that need no engine."""

import json
import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest

from floodmark.local.store.engine import Engine, Setup, quote
from floodmark.local.store.engineconfig import write_config
from floodmark.local.store.limits import capped, owner_settings, reader_settings
from floodmark.local.store.owner import StoreOwned, StoreOwnership
from floodmark.local.store.users import CredentialsError, Users
from floodmark.queries.errors import RequestOutcome, StoreError
from floodmark.queries.limits import READER_LIMITS


def test_an_error_of_the_engine_is_read_with_code_name_and_text() -> None:
    error = StoreError.from_engine(
        "Streaming insert finish failed: Code: 117. DB::Exception: Expected end of line: (at row 2)\n"
        ": While executing CSVRowInputFormat. (INCORRECT_DATA) (version 26.9.2.1)"
    )
    assert (error.code, error.name, error.status, error.outcome) == (
        117,
        "INCORRECT_DATA",
        400,
        RequestOutcome.BAD_DATA,
    )
    assert str(error).startswith("Code: 117. DB::Exception: Expected end of line")
    assert str(error).endswith(". (INCORRECT_DATA)")


def test_an_error_without_a_number_is_still_an_error() -> None:
    error = StoreError.from_engine("the sky fell")
    assert (error.code, error.status, error.outcome, error.text) == (1001, 500, RequestOutcome.FAILED, "the sky fell")


@pytest.mark.parametrize(("code", "status"), [(60, 404), (62, 400), (516, 403), (164, 500), (497, 403), (159, 408)])
def test_a_code_has_the_status_that_clickhouse_gives_it(code: int, status: int) -> None:
    assert StoreError(code, "X", "x").status == status


def test_passwords_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    first = Users.load_or_make(path)
    again = Users.load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.password("floodmark") == again.password("floodmark") != first.password("reader")
    assert len(first.password("reader")) >= 32


def test_a_credentials_file_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    Users.load_or_make(path)
    path.chmod(0o644)
    Users.load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_credentials_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"floodmark": "x"}))
    with pytest.raises(CredentialsError, match=r"credentials\.json cannot be read"):
        Users.load_or_make(path)


@pytest.mark.parametrize(("name", "password"), [("floodmark", "no"), ("floodmark", ""), ("nobody", "secret"), ("", "")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(name: str, password: str) -> None:
    users = Users({"floodmark": "secret", "reader": "other"})
    assert users.authenticate("floodmark", "secret") == "floodmark"
    with pytest.raises(StoreError) as refused:
        users.authenticate(name, password)
    assert refused.value.code == 516
    assert refused.value.text.endswith("password is incorrect, or there is no user with such name.")


def test_a_reader_has_the_limits_unless_it_asks_for_less() -> None:
    settings = reader_settings({"max_execution_time": "5", "output_format_json_quote_denormals": "1", "readonly": "1"})
    assert settings["max_execution_time"] == "5"
    assert settings["max_memory_usage"] == str(READER_LIMITS["max_memory_usage"])
    assert settings["output_format_json_quote_denormals"] == "1"
    assert settings["readonly"] == "1"


@pytest.mark.parametrize("value", ["31", "0", "-1", "nan", "inf", "soon", ""])
def test_a_reader_cannot_lift_a_limit(value: str) -> None:
    with pytest.raises(StoreError) as refused:
        reader_settings({"max_execution_time": value})
    assert refused.value.code == 452


@pytest.mark.parametrize(
    "name", ["allow_introspection_functions", "format_schema", "dialect", "max_memory_usage_for_user"]
)
def test_a_reader_cannot_change_other_settings(name: str) -> None:
    with pytest.raises(StoreError, match=name):
        reader_settings({name: "1"})


def test_a_get_request_of_the_owner_only_reads() -> None:
    assert owner_settings({}, reads_only=True) == {"readonly": "2"}
    assert owner_settings({"readonly": "1"}, reads_only=True) == {"readonly": "1"}
    assert owner_settings({"max_threads": "1"}, reads_only=False) == {"max_threads": "1"}


@pytest.mark.parametrize(
    ("asked", "got"), [({}, "10"), ({"x": "5"}, "5"), ({"x": "50"}, "10"), ({"x": "0"}, "10"), ({"x": "?"}, "?")]
)
def test_a_capped_setting_is_never_above_its_cap(asked: dict[str, str], got: str) -> None:
    assert capped(asked, {"x": 10}) == {"x": got}


def test_names_and_values_cannot_leave_their_quotes() -> None:
    setup = Setup("a`; DROP DATABASE b; --", {"readonly": "1", "x": "1'; SET readonly = '0"})
    assert setup.sql() == b"USE `a\\`; DROP DATABASE b; --`; SET x = '1\\'; SET readonly = \\'0', readonly = '1'"
    assert quote("\\'") == "'\\\\\\''"


def test_a_store_is_open_in_one_process_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        StoreOwnership(lock, "floodmark store", 0),
        pytest.raises(StoreOwned, match="floodmark store, pid"),
        StoreOwnership(lock, "floodmark sql", 0.1),
    ):
        raise AssertionError("two owners")
    with StoreOwnership(lock, "floodmark sql", 0):
        assert lock.read_text().startswith("floodmark sql")


def test_the_engine_grants_no_sources_and_syncs_inserts(tmp_path: Path) -> None:
    main = ElementTree.parse(write_config(tmp_path, ["max_threads", "format_schema"])).getroot()
    users = ElementTree.parse(str(main.findtext("users_config"))).getroot()
    grants = [str(grant.text) for grant in users.findall("users/default/grants/query")]
    assert "REVOKE SOURCES ON *.*" in grants
    assert main.findtext("merge_tree/fsync_after_insert") == "1"


def test_a_path_that_the_engine_cannot_have_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has a \? in it"):
        Engine.open(tmp_path / "what?" / "data")
    assert list(tmp_path.iterdir()) == []

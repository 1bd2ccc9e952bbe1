"""What no file of the page may do: reach other hosts, put data into markup, need what the security policy forbids."""

import re
from typing import get_args

import pytest

from floodmark.gateway.app import PAGE
from floodmark.local.up.wording import BLIND
from sinks.notify.notification import Kind

OURS = sorted(path for path in PAGE.rglob("*") if path.is_file() and "vendor" not in path.parts)
SCRIPTS = [path for path in OURS if path.suffix == ".js"]
FIRST_VIEW = 500_000
"""Bytes of all that the first view loads, before they are packed; the data of a day are measured in a browser."""


def test_nothing_comes_from_another_host() -> None:
    allowed = ("http://www.w3.org/",)
    for path in OURS:
        for address in re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[\w./-]*", path.read_text("utf-8")):
            assert address.startswith(allowed), (path.name, address)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_makes_text_and_elements_and_never_markup(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
    ):
        assert forbidden not in text


def test_the_shell_has_no_script_or_style_within_it() -> None:
    shell = (PAGE / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", shell) == []
    assert "<style" not in shell
    assert re.findall(r"\s(?:style|on\w+)=", shell) == []


def test_what_the_shell_and_the_modules_name_is_there() -> None:
    shell = (PAGE / "index.html").read_text("utf-8")
    for named in re.findall(r'(?:src|href)="/([^"#]+)"', shell):
        assert (PAGE / named).is_file(), named
    for path in SCRIPTS:
        for named in re.findall(r'^(?:import|export).* from "([^"]+)";', path.read_text("utf-8"), re.MULTILINE):
            assert (path.parent / named).is_file(), (path.name, named)


def test_all_files_of_the_first_view_together_are_small() -> None:
    vendor = sum(path.stat().st_size for path in (PAGE / "vendor").rglob("*.[jc]s*") if path.suffix in (".js", ".css"))
    assert sum(path.stat().st_size for path in OURS) + vendor < FIRST_VIEW / 2


def test_modules_are_small() -> None:
    assert {path.name: n for path in SCRIPTS if (n := len(path.read_text("utf-8").splitlines())) > 190} == {}


def test_the_page_has_words_for_every_reason_to_tell_people() -> None:
    text = (PAGE / "js/parts/receipts.js").read_text("utf-8")
    (words,) = re.findall(r"const WHY = \{(.*?)\};", text, re.DOTALL)
    assert set(re.findall(r"(\w+): \"", words)) == set(get_args(Kind))


def test_the_page_has_words_for_every_kind_of_blindness() -> None:
    text = (PAGE / "js/words.js").read_text("utf-8")
    (words,) = re.findall(r"const BLIND = \{(.*?)\};", text, re.DOTALL)
    assert set(re.findall(r"(\w+): \"", words)) == set(BLIND)

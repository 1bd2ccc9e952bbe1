"""What others wrote reaches a terminal, a page and a log without anything that would steer them."""

import io
import re
from pathlib import Path

import pytest
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from floodmark.analysis.page import render
from floodmark.queries.formulas import without_formulas
from floodmark.queries.result_table import show_json, show_raw, show_safe_csv, show_table
from runtime import logs
from runtime.output import print_json, to_stderr, to_stdout
from runtime.terminal import Clean, clean_console
from tests.paths import ROOT
from tests.syntax import calls

EVIL = "a\x9b31m\u202eb\u200bc\x1b[2Jd"
HARMFUL = ("\x9b", "\u202e", "\u200b", "\x1b[2J", "\x07")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def harmless(text: str) -> bool:
    assert "a" in text
    assert r"\u202e" in text
    return not any(evil in text for evil in HARMFUL)


def test_whatever_is_printed_by_rich_is_clean_and_keeps_its_colours() -> None:
    out = Terminal()
    table = Table(title=EVIL)
    table.add_column(EVIL)
    table.add_row(Text(EVIL, "red"))
    console = clean_console(file=out, force_terminal=True, color_system="standard", width=200)
    console.print(table, Panel(EVIL), Text(EVIL), f"{EVIL}\nnext")
    assert harmless(out.getvalue())
    assert "\x1b[31m" in out.getvalue()
    assert "\nnext" in out.getvalue()


def test_a_live_display_is_clean_where_it_is_wrapped() -> None:
    out = Terminal()
    console = clean_console(file=out, force_terminal=True, width=200)
    with Live(console=console, auto_refresh=False) as live:
        live.update(Clean(Panel(EVIL)), refresh=True)
    assert harmless(out.getvalue())


def test_words_and_json_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    to_stdout(EVIL)
    to_stderr(EVIL)
    print_json({"key": EVIL}, indent=1)
    said = capsys.readouterr()
    assert harmless(said.out)
    assert harmless(said.err)


def test_a_page_is_clean() -> None:
    words = dict.fromkeys(("files", "headline", "extent"), EVIL)
    values = {"incidents": [], "not_drawn": 0, "drawn_at_most": 0}
    text = render.page("incidents.html", EVIL, summary=[EVIL, "<b>&\u202e"], **words, **values)
    assert harmless(text)
    assert r"<p>&lt;b&gt;&amp;\u202e</p>" in text


def test_no_template_prints_what_is_not_escaped() -> None:
    templates = [*(ROOT / "floodmark/analysis/page/templates").glob("*.html")]
    assert {path.name for path in templates} >= {"frame.html", "parts.html", "incidents.html", "checkout.html"}
    assert not [path.name for path in templates if re.search(r"\|\s*safe|autoescape", path.read_text("utf-8"))]


def test_results_are_clean_on_a_terminal_in_every_format() -> None:
    rows = ['["k\u202e"]\n'.encode(), b'["String"]\n', f'["{EVIL[:-5]}"]\n'.encode()]
    out = Terminal()
    show_table(rows, out)
    show_json([f'{{"k":"{EVIL[:-5]}"}}\n'.encode()], out)
    show_raw([EVIL.encode()[:3], EVIL.encode()[3:]], out)
    show_safe_csv([EVIL.encode()], out)
    assert harmless(out.getvalue())


def test_what_goes_into_a_file_stays_as_it_is(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        show_raw([EVIL.encode()], out)
    assert (tmp_path / "out").read_text(encoding="utf-8") == EVIL


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_logs_are_clean(stream: io.StringIO) -> None:
    import structlog

    logs.configure(stream=stream)
    try:
        structlog.get_logger("floodmark").info("heard", word=EVIL)
    finally:
        logs.configure()
    assert harmless(stream.getvalue())


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        (" \t=1", "' \t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-5", "-5"),
        ("-0.5e3", "-0.5e3"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(cell: str, safe: str) -> None:
    assert list(without_formulas([["n", cell]])) == [["n", safe]]


def test_safe_csv_is_csv_however_the_stream_is_cut() -> None:
    text = b'"key","n"\n"=1\n+1, ""x""",-5\n"ok",2\n'
    for size in (1, 3, len(text)):
        out = io.StringIO()
        show_safe_csv((text[at : at + size] for at in range(0, len(text), size)), out)
        assert out.getvalue() == 'key,n\n"\'=1\n+1, ""x""",-5\nok,2\n'


def test_there_is_no_other_way_to_a_terminal() -> None:
    """Only these may write by themselves: they clean, write no words of others, or are read by programs."""
    broker = {f"floodmark/local/{name}.py" for name in ("broker/relock", "broker/embedded_server", "processes/leash")}
    cleaning = {
        *(f"runtime/{name}.py" for name in ("terminal", "output")),
        "floodmark/queries/result_table.py",
    }
    writes = {"Console", "print", "typer.echo", "sys.stdout.write", "sys.stderr.write", "Markup"}
    found = {path for path, name, _ in calls(*writes) if name in writes and not path.startswith("schemas/")}
    consoles = {"sinks/console/destination.py", "sinks/notify/channels/console/channel.py"}
    assert found - broker - cleaning - consoles == set(), (
        "write by runtime.terminal, runtime.output or a template of analysis.page"
    )

"""A report in a terminal and in a chat: it fits, and what others wrote stays text."""

from floodmark.analysis.duty.plain import WIDTH, as_markdown, as_text
from floodmark.analysis.duty.sections import Section, TextTable

LONG = "shop-with-a-name-that-does-not-end-and-goes-on-and-on status backend_reversed_by_somebody_else"
TABLE = TextTable(
    [("series", "left"), ("count", "right"), ("why", "left")],
    [(LONG, "1,234", "because " * 20), ("kiosk", "7", "|a|\n<b> *c* \x1b[31m")],
)
PARTS = [Section("Open", ["One sentence. " * 12, "Another."], TABLE), Section("None", ["Nothing."])]


def test_no_line_of_the_text_is_wider_than_80_columns_and_nothing_is_cut() -> None:
    lines = list(as_text("A shift " * 20, "quiet", PARTS))
    assert max(map(len, lines)) <= WIDTH
    squeezed = "".join("".join(lines).split())
    assert squeezed.count("because") == 20
    assert squeezed.count("Onesentence.") == 12
    assert "1,234" in squeezed
    assert all(char.isprintable() for line in lines for char in line)


def test_in_markdown_what_others_wrote_stays_text_in_one_row() -> None:
    lines = list(as_markdown("A [shift](x)", "quiet", PARTS))
    assert lines[0] == "# A \\[shift\\](x)"
    (row,) = (line for line in lines if line.startswith("| kiosk"))
    assert "\\|a\\|" in row
    assert "\\<b\\> \\*c\\*" in row
    assert "\x1b" not in row
    heads = lines.index("| series | count | why |")
    assert lines[heads + 1] == "| --- | ---: | --- |"
    assert "- Another." in lines
    assert "Nothing." in lines

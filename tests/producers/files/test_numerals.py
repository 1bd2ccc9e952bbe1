import pytest

from producers.files.numerals import DoubtError, NumeralColumn, number


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("950", "950"),
        (" 950 ", "950"),
        ("116.", "116"),
        ("10.00", "10"),
        ("0.000", "0"),
        ("1234.000", "1234"),
        ("1.000.000", "1000000"),
        ("1.000,00", "1000"),
        ("1,234.5", "1234.5"),
        ("12,5", "12.5"),
        ("1 000", "1000"),
        ("12\u202f000\u202f000,5", "12000000.5"),
        ("1'000.25", "1000.25"),
    ],
)
def test_what_can_be_read_in_one_way_is_a_number(cell: str, value: str) -> None:
    found = number(cell, None)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("cell", ["", "-3", "1e9", "1.00.000", "1,00,000", "1 00", "x", "٣", "nan", "1..0"])
def test_what_is_no_number_is_none(cell: str) -> None:
    assert number(cell, None) is None


@pytest.mark.parametrize(("cell", "point", "comma"), [("1.000", "1", "1000"), ("12,345", "12345", "12.345")])
def test_three_digits_after_one_sign_may_be_decimals_or_thousands(cell: str, point: str, comma: str) -> None:
    with pytest.raises(DoubtError, match=rf"may be {point} \(--decimal \.\) or {comma} \(--decimal ,\)"):
        number(cell, None)
    assert [found.value for sign in (".", ",") if (found := number(cell, sign))] == [point, comma]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["1.000", "1.000.000"], ","),
        (["1.000", "10,50"], ","),
        (["1,000", "1,000,000"], "."),
        (["1.000", "0.000"], "."),
        (["1.125", "5.0", "3.14"], "."),
        (["1.000", "12.000", "950"], None),
        (["150.000", "0", "10.00"], None),
        (["1.000", "5.0"], None),
        (["1.000", "116."], None),
        (["1.000", "1.000.000", "10.5"], None),
        (["2.000", "1,000,000"], None),
        (["x", ""], None),
    ],
)
def test_a_column_shows_its_sign_when_all_of_it_is_written_in_one_way(cells: list[str], sign: str | None) -> None:
    column = NumeralColumn()
    for cell in cells:
        column.see(cell)
    found = column.decimal()
    assert (found and found[0]) == sign

"""Numbers as people write them."""


def about(number: float) -> str:
    """A number without digits that it does not deserve: whole from 10 on, else one decimal."""
    text = f"{number:,.0f}" if abs(number) >= 9.95 else f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def percent(part: float, digits: int = 0) -> str:
    """A part of one: `4 %`, or with so many decimals `4.22 %`."""
    return f"{100 * part:,.{digits}f} %"

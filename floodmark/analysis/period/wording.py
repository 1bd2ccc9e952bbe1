"""The report in sentences."""

from collections.abc import Iterator

from floodmark.analysis.period.figures import PeriodReport
from schemas.durations import seconds_long


def headline(report: PeriodReport) -> str:
    """The whole in one line: was the objective met, and what broke?"""
    rate = float(report.whole["approval_rate"])
    goal = "met" if rate >= report.objective else "missed"
    broke = f"{len(report.incidents)} incident{'' if len(report.incidents) == 1 else 's'}"
    return f"{rate:.2%} approved, objective of {report.objective:.1%} {goal}; {broke}"


def sentences(report: PeriodReport) -> Iterator[str]:
    """What a manager wants to know first."""
    whole = report.whole
    total = int(whole["transactions"])
    minutes, pace = int(whole["minutes"]), float(whole["per_minute"])
    yield f"{total:,} transactions in {minutes:,} judged minutes, {pace:,.1f} a minute."
    if report.change is not None:
        word = "more" if report.change >= 0 else "fewer"
        yield f"That is {abs(report.change):.1%} {word} than in {report.period.before.name}."
    else:
        yield f"Nothing is stored of {report.period.before.name} to compare with."
    missed = [row for row in report.days if not int(row["met"])]
    if len(report.days) > 1:
        yield f"The objective was met on {len(report.days) - len(missed)} of {len(report.days)} days."
    if report.incidents:
        yield f"Incidents cost {report.lost:,.0f} transactions, net of what came back."
    for row in report.responses:
        yield from _response(row)
    if report.codes:
        named = ", ".join(f"{code} ({over:,.0f} too many)" for code, over in report.codes[:3])
        yield f"Auth codes above what was expected: {named}."
    if report.revised:
        yield f"Late data changed {report.revised:,} minutes after they were judged."


def _response(row: object) -> Iterator[str]:
    assert isinstance(row, dict)
    times = {
        "found after": row["mean_seconds_to_open"],
        "acknowledged after": row["mean_seconds_to_acknowledge"],
        "over after": row["mean_seconds_to_resolve"],
    }
    known = ", ".join(
        f"{what} {seconds_long(float(seconds))}" for what, seconds in times.items() if seconds is not None
    )
    yield f"{str(row['severity']).capitalize()}, {int(row['incidents'])} of all scopes: in the mean {known}."

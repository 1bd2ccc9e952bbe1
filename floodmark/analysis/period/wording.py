"""The report in sentences."""

from collections.abc import Iterator

from floodmark.analysis.duty.words import ENGLISH, ReportWords
from floodmark.analysis.period.figures import PeriodReport
from floodmark.queries.rows import Row


def headline(report: PeriodReport, words: ReportWords = ENGLISH) -> str:
    """The whole in one line: was the objective met, and what broke?"""
    broke = words.incidents(len(report.incidents))
    if report.whole["approval_rate"] is None:
        return words.say("period_of_nothing", broke=broke)
    rate = float(report.whole["approval_rate"])
    return words.say(
        "period",
        rate=words.percent(rate, 2),
        objective=words.percent(report.objective, 1),
        goal=words.say("met" if report.is_met else "missed"),
        broke=broke,
    )


def sentences(report: PeriodReport, words: ReportWords = ENGLISH) -> Iterator[str]:
    """What a manager wants to know first."""
    whole, number = report.whole, words.number
    minutes, pace = int(whole["minutes"]), float(whole["per_minute"])
    yield words.say("volume", total=number(int(whole["transactions"])), minutes=number(minutes), pace=number(pace, 1))
    yield _against_before(report, words)
    missed = [row for row in report.days if not int(row["met"])]
    if len(report.days) > 1:
        yield words.say("objective_days", met=len(report.days) - len(missed), days=len(report.days))
    if report.incidents:
        yield words.say("incidents_cost", lost=number(report.lost))
    for row in report.responses:
        yield _response(row, words)
    if report.codes:
        named = ", ".join(words.say("code", code=code, over=number(over)) for code, over in report.codes[:3])
        yield words.say("codes", named=named)
    if report.revised:
        yield words.say("revised", count=number(report.revised))


def _against_before(report: PeriodReport, words: ReportWords) -> str:
    before = words.period(report.period.before)
    if report.change is None:
        return words.say("nothing_before", before=before)
    word = "more_than" if report.change >= 0 else "fewer_than"
    said = words.say(word, change=words.percent(abs(report.change), 1), before=before)
    known = report.before or {}
    minutes = int(known.get("minutes", 0))
    if minutes == int(report.whole["minutes"]):
        return said
    # Sums of other lengths say little, so how long that was and what a minute had is said with them.
    pace = words.number(float(known["per_minute"]), 1)
    return f"{said} {words.say('before_is', minutes=words.number(minutes), pace=pace)}"


def _response(row: Row, words: ReportWords) -> str:
    times = {
        "found_after": row["mean_seconds_to_open"],
        "acknowledged_after": row["mean_seconds_to_acknowledge"],
        "over_after": row["mean_seconds_to_resolve"],
    }
    known = ", ".join(
        words.say(what, time=words.long(float(seconds))) for what, seconds in times.items() if seconds is not None
    )
    severity = words.severity(str(row["severity"])).capitalize()
    return words.say("response", severity=severity, count=int(row["incidents"]), known=known)

"""Did we keep what we promised: approvals, and the pipeline's own latency and presence."""

from typing import Final

from grafana.kit import OBJECTIVE, RATE, STATUS, Board, Panel, facts

RANGE: Final = f"{STATUS} AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime"
FIRST_PUBLISHED: Final = "known_at > toDateTime64('1971-01-01', 3, 'UTC') AND revision = 1 AND $__timeFilter(minute)"
DELAY: Final = "dateDiff('millisecond', minute + 60, known_at) / 1000"
BOARD: Final = Board(
    "slo",
    "SLA and SLO",
    "The approval rate against its objective, how fast the error budget goes, and how late and how complete the judge was.",
    since="now-7d",
    refresh="1m",
    variables=("scope", "objective"),
    panels=[
        Panel("Approval rate", "Approved transactions divided by all, in whole hours of the time range.",
              f"SELECT {RATE} AS approval_rate FROM floodmark.hours WHERE {RANGE}", "approval_rate",
              kind="number", unit="percentunit", decimals=2, steps=(0.9, 0.8), width=6, height=4),
        Panel("Error budget left", "1 less what was not approved, divided by what may be: below 0 the objective is missed.",
              f"SELECT 1 - (1 - {RATE}) / (1 - {OBJECTIVE}) AS budget_left FROM floodmark.hours WHERE {RANGE}", "budget_left",
              kind="number", unit="percentunit", decimals=1, steps=(0.25, 0), width=6, height=4),
        Panel("Minutes judged", "Judged minutes divided by all minutes from the first to the last: 100 % is without a hole.",
              f"""SELECT nullIf(uniqExact(minute), 0) / ((toInt64(max(minute)) - toInt64(min(minute))) / 60 + 1) AS judged
FROM floodmark.minutes WHERE {STATUS} AND verdict != 'no_data' AND $__timeFilter(minute)""", "judged",
              kind="number", unit="percentunit", decimals=2, steps=(0.999, 0.99), width=6, height=4),
        Panel("Judged within", "95 of 100 minutes were first published this long after their end, or sooner; by the broker's time.",
              f"SELECT quantileExactOrNull(0.95)({DELAY}) AS seconds FROM floodmark.revisions WHERE {STATUS} AND {FIRST_PUBLISHED}", "seconds",
              kind="number", unit="s", decimals=1, steps=(30, 120), width=6, height=4),
        Panel("Approval rate over time", "The lines are where the objective is usually set: 90 % and 80 %.",
              f"SELECT $__timeInterval(t) AS time, {RATE} AS approval_rate FROM {facts(STATUS)} GROUP BY time"
              " HAVING sum(count) > 0 ORDER BY time", "time approval_rate", unit="percentunit", steps=(0.9, 0.8)),
        Panel("Burn rate by window", "1 uses the budget up exactly; over an hour, 14 is worth a page, over six hours 6.",
              f"""SELECT concat(toString(w), ' h') AS window, (1 - {RATE}) / (1 - {OBJECTIVE}) AS burn_rate
FROM (SELECT minute, key, count, max(minute) OVER () AS newest FROM floodmark.minutes
    WHERE {STATUS} AND minute > $__toTime - 72 * 3600 AND minute <= $__toTime) ARRAY JOIN [1, 6, 24, 72] AS w
WHERE minute > newest - w * 3600 GROUP BY w ORDER BY w""", "window burn_rate", kind="gauge", decimals=2, steps=(1, 6)),
        Panel("Budget spent by day", "What was not approved that day, divided by what may be; above 1 the day missed it.",
              f"SELECT toStartOfDay(hour) AS time, (1 - {RATE}) / (1 - {OBJECTIVE}) AS budget_spent FROM floodmark.hours"
              f" WHERE {RANGE} GROUP BY time HAVING sum(count) > 0 ORDER BY time", "time budget_spent",
              kind="bars", unit="percentunit", steps=(0.75, 1)),
        Panel("How late minutes were published", "Seconds from the end of a minute to its first record on the topic: half, and 99 of 100.",
              f"""SELECT $__timeInterval(minute) AS time, quantileExact(0.5)({DELAY}) AS half, quantileExact(0.99)({DELAY}) AS p99
FROM floodmark.revisions WHERE {STATUS} AND {FIRST_PUBLISHED} GROUP BY time ORDER BY time""", "time half p99", unit="s"),
        Panel("Days against the objective", "Each day of the range, the latest first.",
              f"""SELECT toDate(hour) AS day, sum(count) AS transactions, round({RATE}, 4) AS approval_rate,
    multiIf({OBJECTIVE} IS NULL, 'none given', approval_rate >= {OBJECTIVE}, 'met', 'missed') AS objective
FROM floodmark.hours WHERE {RANGE} GROUP BY day HAVING transactions > 0 ORDER BY day DESC""",
              "day transactions approval_rate objective", kind="table", width=24, height=6),
    ],
)  # fmt: skip

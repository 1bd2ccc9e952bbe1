"""Days, weeks, hours of the day: what is usual, and how this week differs."""

from typing import Final

from grafana.kit import RATE, STATUS, Board, Panel

RANGE: Final = f"{STATUS} AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime"
BOARD: Final = Board(
    "history",
    "history",
    "Day by day, hour of the day by day of the week, and this week against the one before. All of it from hours.",
    since="now-30d",
    refresh="5m",
    panels=[
        Panel("Transactions by day and status", "Sums of days, in UTC.",
              f"SELECT toStartOfDay(hour) AS time, key, sum(count) AS transactions FROM floodmark.hours WHERE {RANGE}"
              " GROUP BY time, key ORDER BY time, key", "time key transactions", kind="bars", stacked=True),
        Panel("Approval rate by day", "Approved transactions divided by all.",
              f"SELECT toStartOfDay(hour) AS time, {RATE} AS approval_rate FROM floodmark.hours WHERE {RANGE}"
              " GROUP BY time HAVING sum(count) > 0 ORDER BY time", "time approval_rate", unit="percentunit", steps=(0.9, 0.8)),
        Panel("Transactions by hour of the day", "The mean of such an hour in the time range.",
              f"SELECT concat(leftPad(toString(toHour(hour)), 2, '0'), ' h') AS hour_of_day, sum(count) / uniqExact(hour) AS per_hour"
              f" FROM floodmark.hours WHERE {RANGE} GROUP BY hour_of_day ORDER BY hour_of_day", "hour_of_day per_hour", kind="chart",
              decimals=0),
        Panel("Hour by day of the week", "The mean of such an hour. A cell that differs from its row is worth a look.",
              f"""SELECT leftPad(toString(toHour(hour)), 2, '0') AS hour_of_day,
    {", ".join(f"round(sumIf(count, toDayOfWeek(hour) = {n}) / nullIf(uniqExactIf(hour, toDayOfWeek(hour) = {n}), 0)) AS {day}"
               for n, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), 1))}
FROM floodmark.hours WHERE {RANGE} GROUP BY hour_of_day ORDER BY hour_of_day""",
              "hour_of_day Mon Tue Wed Thu Fri Sat Sun", kind="table", height=12),
        Panel("This week and the week before", "Transactions of each hour, and of the same hour seven days earlier.",
              f"""SELECT hour AS time, sumIf(c, week = 0) AS transactions, sumIf(c, week = 1) AS week_before
FROM (SELECT hour + INTERVAL w * 7 DAY AS hour, w AS week, count AS c FROM floodmark.hours ARRAY JOIN [0, 1] AS w
    WHERE {STATUS} AND hour >= toStartOfHour($__fromTime) - INTERVAL 7 DAY AND hour <= $__toTime)
WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime GROUP BY time ORDER BY time""",
              "time transactions week_before", height=12),
        Panel("Days of the week", "Transactions of such a day, in the mean, and the part that was approved.",
              f"""SELECT ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][toDayOfWeek(hour)] AS weekday,
    round(sum(count) / uniqExact(toDate(hour))) AS per_day, round({RATE}, 4) AS approval_rate
FROM floodmark.hours WHERE {RANGE} GROUP BY weekday, toDayOfWeek(hour) HAVING sum(count) > 0 ORDER BY toDayOfWeek(hour)""",
              "weekday per_day approval_rate", kind="table"),
        Panel("Busiest minutes", "The minute with the most transactions of one status, of each of the busiest hours.",
              f"SELECT most_at AS minute, key, most AS transactions FROM floodmark.hours WHERE {RANGE}"
              " ORDER BY most DESC, most_at, key LIMIT 20", "minute key transactions", kind="table"),
        Panel("Worst minutes", "The minute with the highest score of each of the worst hours.",
              f"SELECT score_at AS minute, key, score FROM floodmark.hours WHERE {RANGE} AND score > 0"
              " ORDER BY score DESC, score_at, key LIMIT 20", "minute key score", kind="table"),
        Panel("Revised minutes by day", "Minutes that late data changed after they were judged; one of which several statuses changed is one.",
              f"""SELECT toStartOfDay(t) AS time, uniqExactIf(t, again) AS minutes
FROM (SELECT hour AS t, 0 AS again FROM floodmark.hours WHERE {RANGE}
    UNION ALL
    SELECT minute AS t, 1 AS again FROM floodmark.minutes WHERE {STATUS} AND revision > 1
        AND toStartOfHour(minute) IN (SELECT hour FROM floodmark.hours WHERE {RANGE} AND revised > 0))
GROUP BY time ORDER BY time""", "time minutes", kind="bars"),
    ],
)  # fmt: skip

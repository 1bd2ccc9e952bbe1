"""What the engineer on duty opens first: what is happening now, and is it what should be happening?"""

from typing import Final

from grafana.kit import OPEN_INCIDENT, RATE, STATUS, Board, Panel, facts

OPEN: Final = "state NOT IN ('resolved', 'withdrawn')"
NEWEST: Final = f"(SELECT max(minute) FROM floodmark.minutes WHERE {STATUS} AND $__timeFilter(minute))"
BOARD: Final = Board(
    "realtime",
    "real time",
    "What is happening now, and what was expected. Figures are of judged minutes; the last one is a minute old at best.",
    since="now-6h",
    refresh="10s",
    variables=("scope", "status"),
    panels=[
        Panel(
            "Last judged minute",
            "The newest minute that was judged. When it grows old, nothing comes, or it is not judged: see Pipeline.",
            "SELECT maxOrNull(hour) AS hour, maxOrNull(minute) AS judged FROM (SELECT toStartOfHour(minute) AS hour, minute"
            f" FROM floodmark.minutes WHERE {STATUS} AND $__timeFilter(minute))",
            "hour judged",
            kind="number",
            unit="dateTimeFromNow",
            width=6,
            height=4,
        ),
        Panel(
            "Transactions in that minute",
            "All transactions of the scope in the newest judged minute.",
            f"SELECT sum(count) AS transactions FROM floodmark.minutes WHERE {STATUS} AND minute = {NEWEST}",
            "transactions",
            kind="number",
            width=6,
            height=4,
        ),
        Panel(
            "Approved in the last hour",
            "Approved transactions divided by all, in the sixty minutes up to the newest.",
            f"SELECT {RATE} AS approved FROM floodmark.minutes"
            f" WHERE {STATUS} AND minute > {NEWEST} - 3600 AND minute <= {NEWEST}",
            "approved",
            kind="number",
            unit="percentunit",
            decimals=1,
            steps=(0.9, 0.8),
            width=6,
            height=4,
        ),
        Panel(
            "Incidents open now",
            "Incidents of all scopes that are not over, whenever they began.",
            f"SELECT count() AS open FROM floodmark.alerts WHERE {OPEN}",
            "open",
            kind="number",
            steps=(1, 3),
            decimals=0,
            width=6,
            height=4,
        ),
        Panel(
            "$status and what was expected",
            "Transactions a minute. The band holds what a usual minute has at this time; it is missing while the model "
            "warms up, and where a point is an hour or more.",
            """SELECT $__timeInterval(t) AS time, avg(c) AS observed, avg(e) AS expected, avg(l) AS low, avg(h) AS high
FROM
(
    SELECT minute AS t, toFloat64(count) AS c, expected AS e, low AS l, high AS h
    FROM floodmark.minutes
    WHERE $__interval_s < 3600 AND scope = ${scope:singlequote} AND dimension = 'status'
        AND key = ${status:singlequote} AND $__timeFilter(minute)
    UNION ALL
    SELECT hour AS t, count / minutes AS c, if(judged > 0, expected / judged, NULL) AS e, NULL AS l, NULL AS h
    FROM floodmark.hours
    WHERE $__interval_s >= 3600 AND scope = ${scope:singlequote} AND dimension = 'status'
        AND key = ${status:singlequote} AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
)
GROUP BY time ORDER BY time""",
            "time observed expected low high",
            band=("low", "high"),
            height=9,
        ),
        Panel(
            "Transactions a minute by status",
            "The mean of the minutes in each point.",
            "SELECT $__timeInterval(t) AS time, key, sum(count) / max(sum(minutes)) OVER (PARTITION BY time) AS per_minute "
            f"FROM {facts(STATUS)} GROUP BY time, key ORDER BY time, key",
            "time key per_minute",
            stacked=True,
            height=9,
        ),
        Panel(
            "Share of denied, failed and taken back",
            "Each divided by all transactions of the scope.",
            "SELECT $__timeInterval(t) AS time, sumIf(count, key = 'denied') / sum(count) AS denied,\n"
            "    sumIf(count, key = 'failed') / sum(count) AS failed,\n"
            "    sumIf(count, key IN ('reversed', 'backend_reversed')) / sum(count) AS taken_back\n"
            f"FROM {facts(STATUS)} GROUP BY time HAVING sum(count) > 0 ORDER BY time",
            "time denied failed taken_back",
            unit="percentunit",
        ),
        Panel(
            "Odd series",
            "How many series of the scope were odd in each point: a warning or worse in one of its minutes.",
            """SELECT $__timeInterval(t) AS time, uniqExactIf(series, odd > 0) AS odd_series
FROM
(
    SELECT minute AS t, (dimension, key) AS series, verdict IN ('warning', 'critical') AS odd
    FROM floodmark.minutes
    WHERE $__interval_s < 3600 AND scope = ${scope:singlequote} AND $__timeFilter(minute)
    UNION ALL
    SELECT hour AS t, (dimension, key) AS series, warning + critical > 0 AS odd
    FROM floodmark.hours
    WHERE $__interval_s >= 3600 AND scope = ${scope:singlequote} AND hour >= toStartOfHour($__fromTime)
        AND hour <= $__toTime
)
GROUP BY time ORDER BY time""",
            "time odd_series",
            kind="bars",
            steps=(1, 3),
        ),
        Panel(
            "Incidents in the time range",
            "Open ones first, then the latest; the summary says what was found. The links lead to the live page and the runbook.",
            f"""SELECT since, state, severity, scope, key, observed, round(expected, 1) AS expected, summary, runbook, incident_id
FROM floodmark.incidents
WHERE {OPEN} OR (since <= $__toTime AND last_seen >= $__fromTime)
ORDER BY {OPEN} DESC, since DESC, incident_id LIMIT 50""",
            "since state severity scope key observed expected summary runbook incident_id",
            kind="table",
            width=14,
            links={
                "incident_id": OPEN_INCIDENT,
                "runbook": ("Open the runbook", "${__value.text}"),
            },
        ),
        Panel(
            "Last hour against what was expected",
            "Sums of the judged minutes of the newest hour, the largest difference first.",
            f"""SELECT dimension, key, sum(count) AS observed, round(sum(expected), 1) AS expected,
    round(observed - sum(expected), 1) AS difference
FROM floodmark.minutes AS m
WHERE scope = ${{scope:singlequote}} AND m.expected IS NOT NULL AND minute > {NEWEST} - 3600 AND minute <= {NEWEST}
GROUP BY dimension, key ORDER BY abs(observed - sum(expected)) DESC, dimension, key LIMIT 30""".replace(
                "sum(expected)", "sum(m.expected)"
            ),
            "dimension key observed expected difference",
            kind="table",
            width=10,
        ),
    ],
)

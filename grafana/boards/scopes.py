"""Many merchants at once: who is large, who is odd, who has gone silent."""

from typing import Final

from grafana.kit import RATE, Board, Panel

RANGE: Final = "dimension = 'status' AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime"
BOARD: Final = Board(
    "scopes",
    "scopes",
    "All scopes beside each other: merchants, checkouts, acquirers. All of it from hours.",
    refresh="1m",
    variables=(),
    panels=[
        Panel("Scopes", "Scopes with transactions in the time range.",
              f"SELECT uniqExactIf(scope, count > 0) AS scopes FROM floodmark.hours WHERE {RANGE}", "scopes",
              kind="number", decimals=0, width=8, height=4),
        Panel("Scopes with odd minutes", "Scopes with a warning or worse in the time range.",
              f"SELECT uniqExactIf(scope, warning + critical > 0) AS odd FROM floodmark.hours WHERE {RANGE}", "odd",
              kind="number", decimals=0, steps=(1, 10), width=8, height=4),
        Panel("Scopes that have gone silent", "Scopes without a transaction in the newest hour that had some in the time range.",
              f"""SELECT countIf(last < newest) AS silent FROM (SELECT scope, maxIf(hour, count > 0) AS last FROM floodmark.hours
WHERE {RANGE} GROUP BY scope HAVING sum(count) > 0) AS s CROSS JOIN (SELECT max(hour) AS newest FROM floodmark.hours WHERE {RANGE}) AS n""", "silent",
              kind="number", decimals=0, steps=(1, 10), width=8, height=4),
        Panel("Largest scopes over time", "Transactions of each hour of the ten largest scopes.",
              f"""SELECT hour AS time, scope, sum(count) AS transactions FROM floodmark.hours
WHERE {RANGE} AND scope IN (SELECT scope FROM floodmark.hours WHERE {RANGE} GROUP BY scope ORDER BY sum(count) DESC, scope LIMIT 10)
GROUP BY time, scope ORDER BY time, scope""", "time scope transactions"),
        Panel("Lowest approval rates", "Of scopes with at least a hundred transactions.",
              f"SELECT scope, {RATE} AS approval_rate FROM floodmark.hours WHERE {RANGE} GROUP BY scope HAVING sum(count) >= 100"
              " ORDER BY approval_rate, scope LIMIT 20", "scope approval_rate", kind="gauge", unit="percentunit", steps=(0.9, 0.8)),
        Panel("Busiest", "The scopes with the most transactions.",
              f"SELECT scope, sum(count) AS transactions, round({RATE}, 4) AS approval_rate FROM floodmark.hours WHERE {RANGE}"
              " GROUP BY scope ORDER BY transactions DESC, scope LIMIT 50", "scope transactions approval_rate", kind="table", width=8),
        Panel("Quietest", "The scopes with the fewest, and when the last one came.",
              f"SELECT scope, sum(count) AS transactions, maxOrNullIf(hour, count > 0) AS last_hour FROM floodmark.hours WHERE {RANGE}"
              " GROUP BY scope ORDER BY transactions, scope LIMIT 50", "scope transactions last_hour", kind="table", width=8),
        Panel("Oddest", "The scopes with the most minutes of a warning or worse.",
              f"SELECT scope, sum(warning) AS warnings, sum(critical) AS critical, max(h.score) AS worst FROM floodmark.hours AS h"
              f" WHERE {RANGE} GROUP BY scope ORDER BY critical DESC, warnings DESC, scope LIMIT 50",
              "scope warnings critical worst", kind="table", width=8),
    ],
)  # fmt: skip

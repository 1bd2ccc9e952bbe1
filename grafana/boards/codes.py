"""Why transactions are declined: auth codes, and what explains an incident."""

from typing import Final

from grafana.kit import CODES, TOTAL, Board, Panel, facts

RANGE: Final = f"{CODES} AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime"
BOARD: Final = Board(
    "codes",
    "auth codes and attribution",
    "The codes with which transactions are answered, those above what was expected, and what explains incidents.",
    variables=("scope", "code"),
    panels=[
        Panel("Approved by code 00", "Code 00 divided by all codes.",
              f"SELECT sumIf(count, key = '00') / {TOTAL} AS approved FROM floodmark.hours WHERE {RANGE}", "approved",
              kind="number", unit="percentunit", decimals=2, steps=(0.9, 0.8), width=8, height=4),
        Panel("Codes seen", "How many codes came in the time range.",
              f"SELECT uniqExactIf(key, count > 0) AS codes FROM floodmark.hours WHERE {RANGE}", "codes",
              kind="number", decimals=0, width=8, height=4),
        Panel("Declined", "Transactions with another code than 00.",
              f"SELECT sumIf(count, key != '00') AS declined FROM floodmark.hours WHERE {RANGE}", "declined",
              kind="number", decimals=0, width=8, height=4),
        Panel("Share of each code other than 00", "Each code divided by all codes.",
              f"""SELECT time, key, c / sum(c) OVER (PARTITION BY time) AS share
FROM (SELECT $__timeInterval(t) AS time, key, sum(count) AS c FROM {facts(CODES)} GROUP BY time, key)
QUALIFY key != '00' AND share IS NOT NULL AND isFinite(share) ORDER BY time, key""", "time key share", unit="percentunit"),
        Panel("$code and what was expected", "Transactions a minute with this code, and the mean that the model expected.",
              "SELECT $__timeInterval(t) AS time, sum(count) / sum(minutes) AS observed, sum(f.expected) / nullIf(sum(judged), 0) AS expected "
              f"FROM {facts(CODES + ' AND key = ${code:singlequote}')} AS f GROUP BY time ORDER BY time", "time observed expected"),
        Panel("Declines by code", "The codes of the time range, the most frequent first.",
              f"SELECT key AS code, sum(count) AS declined FROM floodmark.hours WHERE {RANGE} AND key != '00'"
              " GROUP BY code ORDER BY declined DESC, code LIMIT 20", "code declined", kind="gauge", decimals=0),
        Panel("Codes above what was expected", "Sums of judged minutes; the largest excess first.",
              f"""SELECT key AS code, sum(judged_count) AS observed, round(sum(h.expected), 1) AS expected,
    round(observed - sum(h.expected), 1) AS excess, sum(warning + critical) AS odd_minutes
FROM floodmark.hours AS h WHERE {RANGE} AND h.judged > 0 GROUP BY code ORDER BY excess DESC, code LIMIT 20""",
              "code observed expected excess odd_minutes", kind="table"),
        Panel("What explains the incidents", "The parts that the judge found, of the latest statement of each incident.",
              """SELECT since, key, attribution, summary FROM floodmark.alerts
WHERE since <= $__toTime AND last_seen >= $__fromTime AND scope = ${scope:singlequote} AND attribution NOT IN ('', '[]') AND state != 'withdrawn'
ORDER BY since DESC, incident_id LIMIT 50""", "since key attribution summary", kind="table", width=24),
    ],
)  # fmt: skip

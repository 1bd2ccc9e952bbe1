"""One look: is it well, what did it cost, is the goal in reach?"""

from typing import Final

from grafana.kit import OBJECTIVE, OPEN_INCIDENT, RATE, STATUS, Board, Panel

RANGE: Final = f"{STATUS} AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime"
OURS: Final = (
    "since <= $__toTime AND last_seen >= $__fromTime AND state != 'withdrawn' AND scope = ${scope:singlequote}"
)
BOARD: Final = Board(
    "executive",
    "at a glance",
    "The state in one light, the figures of the time range, and what incidents cost. Amounts are in minor units.",
    since="now-7d",
    refresh="1m",
    variables=("scope", "objective"),
    panels=[
        Panel("State", "Red: something critical is open. Yellow: a warning is. Green: nothing is.",
              "SELECT toUInt8(multiIf(countIf(severity = 'critical') > 0, 2, count() > 0, 1, 0)) AS light FROM floodmark.alerts"
              " WHERE state NOT IN ('resolved', 'withdrawn') AND scope = ${scope:singlequote}", "light", kind="number", width=6, height=5,
              names={"0": ("all is well", "green"), "1": ("a warning is open", "yellow"), "2": ("critical", "red")}),
        Panel("Transactions", "All transactions of the time range.",
              f"SELECT sum(count) AS transactions FROM floodmark.hours WHERE {RANGE}", "transactions",
              kind="number", decimals=0, width=6, height=5),
        Panel("Approval rate", "Approved transactions divided by all.",
              f"SELECT {RATE} AS approval_rate FROM floodmark.hours WHERE {RANGE}", "approval_rate",
              kind="number", unit="percentunit", decimals=2, steps=(0.9, 0.8), width=6, height=5),
        Panel("Goal of the period", "The approval rate divided by the objective: 100 % is reached.",
              f"SELECT 'goal' AS goal, {RATE} / {OBJECTIVE} AS reached FROM floodmark.hours WHERE {RANGE}", "goal reached",
              kind="gauge", unit="percentunit", decimals=1, steps=(1, 0.95), width=6, height=5),
        Panel("Transactions lost", "What incidents cost and did not come back, by the model's estimate.",
              f"SELECT sum(net_loss_transactions) AS lost FROM floodmark.incidents WHERE {OURS}", "lost",
              kind="number", decimals=0, steps=(1, 1000), width=6, height=4),
        Panel("Amount lost", "The same in minor units of the currency.",
              f"SELECT sum(net_loss_amount) AS lost FROM floodmark.incidents WHERE {OURS}", "lost",
              kind="number", decimals=0, steps=(1, 1e7), width=6, height=4),
        Panel("Incidents", "Incidents that overlap the time range.",
              f"SELECT count() AS incidents FROM floodmark.incidents WHERE {OURS}", "incidents", kind="number", decimals=0, width=6, height=4),
        Panel("Minutes in incidents", "The minutes of all of them, from the first to the last with evidence.",
              f"SELECT sum(seconds_of_evidence) / 60 AS minutes FROM floodmark.incidents WHERE {OURS}", "minutes",
              kind="number", unit="m", decimals=0, width=6, height=4),
        Panel("Amount by day", "The sum of all amounts, in minor units.",
              f"SELECT toStartOfDay(hour) AS time, toFloat64(sum(amount)) AS amount FROM floodmark.hours WHERE {RANGE}"
              " GROUP BY time ORDER BY time", "time amount", kind="bars"),
        Panel("Lost transactions by day", "What incidents that began that day cost, net of what came back.",
              f"SELECT toStartOfDay(since) AS time, sum(net_loss_transactions) AS lost FROM floodmark.incidents WHERE {OURS}"
              " GROUP BY time ORDER BY time", "time lost", kind="bars"),
        Panel("Dearest incidents", "By the amount that was lost, then by transactions.",
              f"""SELECT since, key, peak_severity, round(seconds_of_evidence / 60) AS minutes, round(net_loss_transactions) AS lost,
    round(net_loss_amount) AS amount, summary, incident_id
FROM floodmark.incidents WHERE {OURS} ORDER BY net_loss_amount DESC, net_loss_transactions DESC, since, incident_id LIMIT 10""",
              "since key peak_severity minutes lost amount summary incident_id", kind="table", width=24,
              links={"incident_id": OPEN_INCIDENT}),
    ],
)  # fmt: skip

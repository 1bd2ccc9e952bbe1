"""What happened, how fast people were on it, and what rules make how much work."""

from typing import Final

from grafana.kit import OPEN_INCIDENT, Board, Panel

RANGE: Final = "since <= $__toTime AND last_seen >= $__fromTime AND state != 'withdrawn'"
BOARD: Final = Board(
    "incidents",
    "alerts and incidents",
    "Incidents of all scopes that overlap the time range: their number, the times of people, and their history.",
    since="now-7d",
    variables=(),
    panels=[
        Panel("Incidents", "Incidents that overlap the time range, without those that were withdrawn.",
              f"SELECT count() AS incidents FROM floodmark.incidents WHERE {RANGE}", "incidents",
              kind="number", decimals=0, width=4, height=4),
        Panel("Critical", "Those that were critical at their worst.",
              f"SELECT countIf(peak_severity = 'critical') AS critical FROM floodmark.incidents WHERE {RANGE}", "critical",
              kind="number", decimals=0, steps=(1, 5), width=4, height=4),
        Panel("Found after (mean)", "From the first minute of an incident to the end of the one that opened it.",
              f"SELECT avgOrNull(seconds_to_open) AS seconds FROM floodmark.incidents WHERE {RANGE}", "seconds",
              kind="number", unit="s", steps=(300, 900), width=4, height=4),
        Panel("MTTA", "Mean time to acknowledge: from the first word of an incident to who said that they are on it.",
              f"SELECT avg(seconds_to_acknowledge) AS seconds FROM floodmark.incidents WHERE {RANGE}", "seconds",
              kind="number", unit="s", steps=(300, 900), width=4, height=4),
        Panel("MTTR", "Mean time to resolve: from the first minute of an incident to the end of the one that ended it.",
              f"SELECT avg(seconds_to_resolve) AS seconds FROM floodmark.incidents WHERE {RANGE}", "seconds",
              kind="number", unit="s", steps=(1800, 7200), width=4, height=4),
        Panel("MTBF", "Mean time between the beginnings of one incident and the next.",
              "SELECT if(count() > 1, (toInt64(max(since)) - toInt64(min(since))) / (count() - 1), NULL) AS seconds"
              f" FROM floodmark.incidents WHERE {RANGE}", "seconds", kind="number", unit="s", width=4, height=4),
        Panel("Incidents opened, by severity", "By the severity that each had at its worst.",
              "SELECT $__timeInterval(since) AS time, peak_severity AS severity, count() AS incidents FROM floodmark.incidents"
              f" WHERE {RANGE} AND since >= $__fromTime GROUP BY time, severity ORDER BY time, severity",
              "time severity incidents", kind="bars", stacked=True),
        Panel("Incidents by rule", "An incident counts for each rule that fired in it.",
              f"SELECT rule, count() AS incidents FROM floodmark.incidents ARRAY JOIN rules AS rule WHERE {RANGE}"
              " GROUP BY rule ORDER BY incidents DESC, rule LIMIT 20", "rule incidents", kind="gauge", decimals=0),
        Panel("Incidents by series", "Which scopes and statuses have them, for how many minutes, and what they cost.",
              f"""SELECT scope, dimension, key, count() AS incidents, sum(seconds_of_evidence) / 60 AS minutes,
    round(sum(net_loss_transactions)) AS lost
FROM floodmark.incidents WHERE {RANGE} GROUP BY scope, dimension, key ORDER BY incidents DESC, minutes DESC, scope, dimension, key LIMIT 50""",
              "scope dimension key incidents minutes lost", kind="table"),
        Panel("Incidents", "The latest first. The links lead to the live page and to the runbook.",
              f"""SELECT since, opened_at, resolved_at, state, peak_severity, scope, key, acknowledged_by, acknowledged_until,
    peak_observed, summary, runbook, incident_id
FROM floodmark.incidents WHERE {RANGE} ORDER BY since DESC, incident_id LIMIT 100""",
              "since opened_at resolved_at state peak_severity scope key acknowledged_by acknowledged_until peak_observed summary runbook"
              " incident_id", kind="table",
              links={"incident_id": OPEN_INCIDENT,
                     "runbook": ("Open the runbook", "${__value.text}")}),
        Panel("Messages to people", "By channel: what it took and refused, what was not taken within five minutes, and how many"
              " seconds after the end of the first minute of an incident a page was there.",
              """SELECT channel, uniqExact(notification, number) AS messages, countIf(outcome = 'delivered') AS taken,
    countIf(outcome = 'refused') AS refused, countIf(outcome = 'overdue') AS overdue,
    if(countIf(seconds_to_page IS NOT NULL) > 0,
        toNullable(quantileExactIf(0.95)(ifNull(seconds_to_page, 0), seconds_to_page IS NOT NULL)), NULL) AS p95_seconds_to_page
FROM floodmark.notifications WHERE $__timeFilter(at) GROUP BY channel ORDER BY messages DESC, channel LIMIT 20""",
              "channel messages taken refused overdue p95_seconds_to_page", kind="table", width=24),
        Panel("What was said and done", "Every statement of the judge, and what people did, the latest first.",
              """SELECT at, event, severity, source, actor, assignee, acknowledged_until, scope, key, summary, incident_id
FROM floodmark.incident_events WHERE $__timeFilter(at) ORDER BY at DESC, version DESC, revision DESC, incident_id LIMIT 200""",
              "at event severity source actor assignee acknowledged_until scope key summary incident_id", kind="table", width=24),
    ],
)  # fmt: skip

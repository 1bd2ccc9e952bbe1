-- One row for each incident. `opened_at` and `resolved_at` are ends of judged minutes, so of event time; the seconds to
-- acknowledge are between two clocks of people: `known_at` of the first word, and the first `acknowledged_at` of all
-- words, since who was on it may have left it; `acknowledged_at` and `acknowledged_by` are of whoever is on it last.
CREATE OR REPLACE VIEW {database}.incidents AS
SELECT
    a.incident_id AS incident_id, a.state AS state, a.severity AS severity, a.scope AS scope,
    a.dimension AS dimension, a.key AS key, a.since AS since, a.last_seen AS last_seen,
    e.opened_at AS opened_at, a.acknowledged_at AS acknowledged_at, a.acknowledged_by AS acknowledged_by,
    if(a.state IN ('resolved', 'withdrawn'), toNullable(a.timestamp + 60), NULL) AS resolved_at,
    e.peak_severity AS peak_severity, greatest(e.peak_score, a.score) AS peak_score,
    greatest(e.peak_observed, a.observed) AS peak_observed, a.observed AS observed, a.expected AS expected,
    a.estimated_loss['transactions'] AS loss_transactions,
    if(mapContains(a.estimated_loss, 'net_transactions'), a.estimated_loss['net_transactions'],
        a.estimated_loss['transactions']) AS net_loss_transactions,
    a.estimated_loss['amount'] AS loss_amount,
    if(mapContains(a.estimated_loss, 'net_amount'), a.estimated_loss['net_amount'],
        a.estimated_loss['amount']) AS net_loss_amount,
    toInt64(e.opened_at) - toInt64(a.since) AS seconds_to_open,
    if(e.first_acknowledged_at IS NULL OR e.first_known_at < toDateTime64('1971-01-01', 3, 'UTC'), NULL,
        greatest(0, toInt64(assumeNotNull(e.first_acknowledged_at)) - toInt64(toUnixTimestamp(e.first_known_at)))
    ) AS seconds_to_acknowledge,
    if(a.state IN ('resolved', 'withdrawn'), toNullable(toInt64(a.timestamp) + 60 - toInt64(a.since)), NULL)
        AS seconds_to_resolve,
    toInt64(a.last_seen) + 60 - toInt64(a.since) AS seconds_of_evidence,
    e.statements AS statements, a.rules AS rules, a.score AS score, a.summary AS summary,
    a.recommendation AS recommendation, a.runbook AS runbook, a.inhibited_by AS inhibited_by,
    e.first_known_at AS first_known_at, a.known_at AS known_at
FROM {database}.alerts AS a
INNER JOIN
(
    SELECT
        incident_id,
        min(at) + 60 AS opened_at,
        min(known_at) AS first_known_at,
        min(acknowledged_at) AS first_acknowledged_at,
        argMax(severity, (indexOf(['info', 'warning', 'critical'], toString(severity)), -toInt64(at))) AS peak_severity,
        max(score) AS peak_score,
        max(observed) AS peak_observed,
        count() AS statements
    FROM {database}.incident_events
    WHERE source = 'judge'
    GROUP BY incident_id
) AS e ON e.incident_id = a.incident_id;

-- Who may read a view need not be allowed to read the tables below it; one that is made anew has to be told again.
ALTER TABLE {database}.incidents MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

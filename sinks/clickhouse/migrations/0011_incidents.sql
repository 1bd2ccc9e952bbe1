-- Everything that was said of an incident and done about it. `source` is `judge` for statements; for what people did it
-- is where they did it, and `version` is then the instant in microseconds.
CREATE TABLE IF NOT EXISTS {database}.incident_event_versions
(
    incident_id String,
    source LowCardinality(String),
    version UInt64,
    revision UInt64,
    event LowCardinality(String),
    at DateTime('UTC'),
    known_at DateTime64(3, 'UTC'),
    severity LowCardinality(String),
    scope LowCardinality(String),
    dimension LowCardinality(String),
    key LowCardinality(String),
    since DateTime('UTC'),
    last_seen DateTime('UTC'),
    observed UInt64,
    expected Nullable(Float64),
    score Float64,
    rules Array(LowCardinality(String)),
    actor String,
    acknowledged_at Nullable(DateTime('UTC')),
    note String,
    summary String,
    estimated_loss Map(LowCardinality(String), Float64),
    inhibited_by String,
    runbook String,
    earliest UInt64
)
ENGINE = ReplacingMergeTree(earliest)
ORDER BY (incident_id, source, version, revision);

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.keep_statements TO {database}.incident_event_versions AS
SELECT
    incident_id, 'judge' AS source, version, revision, state AS event, timestamp AS at, known_at, severity, scope,
    dimension, key, since, last_seen, observed, expected, score, rules, ifNull(acknowledged_by, '') AS actor,
    acknowledged_at, acknowledged_note AS note, summary, estimated_loss, inhibited_by, runbook,
    18446744073709551615 - toUInt64(toUnixTimestamp64Milli(known_at)) AS earliest
FROM {database}.alert_versions;

INSERT INTO {database}.incident_event_versions
(
    incident_id, source, version, revision, event, at, known_at, severity, scope, dimension, key, since, last_seen,
    observed, expected, score, rules, actor, acknowledged_at, note, summary, estimated_loss, inhibited_by, runbook,
    earliest
)
SELECT
    incident_id, 'judge' AS source, version, revision, state AS event, timestamp AS at, known_at, severity, scope,
    dimension, key, since, last_seen, observed, expected, score, rules, ifNull(acknowledged_by, '') AS actor,
    acknowledged_at, acknowledged_note AS note, summary, estimated_loss, inhibited_by, runbook,
    18446744073709551615 - toUInt64(toUnixTimestamp64Milli(known_at)) AS earliest
FROM {database}.alert_versions FINAL;

CREATE OR REPLACE VIEW {database}.incident_events AS
SELECT
    incident_id, source, version, revision, event, at, known_at, severity, scope, dimension, key, since, last_seen,
    observed, expected, score, rules, actor, acknowledged_at, note, summary, estimated_loss, inhibited_by, runbook
FROM {database}.incident_event_versions FINAL;

-- One row for each incident. `opened_at` and `resolved_at` are ends of judged minutes, so of event time; the seconds to
-- acknowledge are between two clocks of people, `known_at` of the first word and `acknowledged_at`.
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
    if(a.acknowledged_at IS NULL OR e.first_known_at < toDateTime64('1971-01-01', 3, 'UTC'), NULL,
        greatest(0, toInt64(assumeNotNull(a.acknowledged_at)) - toInt64(toUnixTimestamp(e.first_known_at)))
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
        argMax(severity, (indexOf(['info', 'warning', 'critical'], toString(severity)), -toInt64(at))) AS peak_severity,
        max(score) AS peak_score,
        max(observed) AS peak_observed,
        count() AS statements
    FROM {database}.incident_events
    WHERE source = 'judge'
    GROUP BY incident_id
) AS e ON e.incident_id = a.incident_id;

-- What was last said of each incident by an instant: SELECT … FROM incidents_as_of(known = '2026-01-31 12:00:00').
CREATE OR REPLACE VIEW {database}.incidents_as_of AS
SELECT
    incident_id, event AS state, severity, scope, dimension, key, since, last_seen, observed, expected, score, rules,
    revision, actor AS acknowledged_by, acknowledged_at, summary, estimated_loss, runbook, known_at
FROM {database}.incident_events
WHERE source = 'judge' AND known_at <= {known:DateTime64(3, 'UTC')}
ORDER BY version DESC, revision DESC
LIMIT 1 BY incident_id;

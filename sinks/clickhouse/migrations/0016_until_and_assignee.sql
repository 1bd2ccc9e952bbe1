-- Until when somebody is on an incident (NULL: until it ends), and whom somebody has put on it. Of what people did,
-- `acknowledged_until` is the end that they gave it, and `assignee` whom they named; of what the judge says, who is on it
-- is the actor.
ALTER TABLE {database}.alert_versions
    ADD COLUMN IF NOT EXISTS acknowledged_until Nullable(DateTime('UTC')) AFTER damage;

ALTER TABLE {database}.incident_event_versions
    ADD COLUMN IF NOT EXISTS acknowledged_until Nullable(DateTime('UTC')),
    ADD COLUMN IF NOT EXISTS assignee String;

ALTER TABLE {database}.audit_records
    ADD COLUMN IF NOT EXISTS assignee String,
    ADD COLUMN IF NOT EXISTS until Nullable(DateTime('UTC'));

ALTER TABLE {database}.keep_statements MODIFY QUERY
SELECT
    incident_id, 'judge' AS source, version, revision, state AS event, timestamp AS at, known_at, severity, scope,
    dimension, key, since, last_seen, observed, expected, score, rules, ifNull(acknowledged_by, '') AS actor,
    acknowledged_at, acknowledged_note AS note, summary, estimated_loss, inhibited_by, runbook,
    acknowledged_until, 18446744073709551615 - toUInt64(toUnixTimestamp64Milli(known_at)) AS earliest
FROM {database}.alert_versions;

-- What was copied before, where a step of before has copied it once more.
INSERT INTO {database}.incident_event_versions
(
    incident_id, source, version, revision, event, at, known_at, severity, scope, dimension, key, since, last_seen,
    observed, expected, score, rules, actor, acknowledged_at, note, summary, estimated_loss, inhibited_by, runbook,
    acknowledged_until, earliest
)
SELECT
    incident_id, 'judge' AS source, version, revision, state AS event, timestamp AS at, known_at, severity, scope,
    dimension, key, since, last_seen, observed, expected, score, rules, ifNull(acknowledged_by, '') AS actor,
    acknowledged_at, acknowledged_note AS note, summary, estimated_loss, inhibited_by, runbook,
    acknowledged_until, 18446744073709551615 - toUInt64(toUnixTimestamp64Milli(known_at)) AS earliest
FROM {database}.alert_versions FINAL;

CREATE OR REPLACE VIEW {database}.alerts AS
SELECT
    incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, rules, score,
    revision, timestamp, mean, std, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set,
    version, acknowledged_by, acknowledged_at, acknowledged_severity, acknowledged_note, inhibited_by,
    severity_because, damage, known_at, acknowledged_until
FROM {database}.alert_versions FINAL;

CREATE OR REPLACE VIEW {database}.incident_events AS
SELECT
    incident_id, source, version, revision, event, at, known_at, severity, scope, dimension, key, since, last_seen,
    observed, expected, score, rules, actor, acknowledged_at, note, summary, estimated_loss, inhibited_by, runbook,
    acknowledged_until, assignee
FROM {database}.incident_event_versions FINAL;

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
    e.first_known_at AS first_known_at, a.known_at AS known_at,
    a.acknowledged_until AS acknowledged_until
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

CREATE OR REPLACE VIEW {database}.incidents_as_of AS
SELECT
    incident_id, event AS state, severity, scope, dimension, key, since, last_seen, observed, expected, score, rules,
    revision, actor AS acknowledged_by, acknowledged_at, summary, estimated_loss, runbook, known_at,
    acknowledged_until
FROM {database}.incident_events
WHERE source = 'judge' AND known_at <= {known:DateTime64(3, 'UTC')}
ORDER BY version DESC, revision DESC
LIMIT 1 BY incident_id;

CREATE OR REPLACE VIEW {database}.audit AS
SELECT
    id, at, actor, login, via, address, action, target_kind, target, scope, severity, revision, opinion, detail, known_at,
    assignee, until
FROM {database}.audit_records FINAL
ORDER BY known_at, at
LIMIT 1 BY id;

-- Who may read a view need not be allowed to read the tables below it; one that is made anew has to be told again.
ALTER TABLE {database}.alerts MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.incidents MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.incident_events MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.incidents_as_of MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.audit MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

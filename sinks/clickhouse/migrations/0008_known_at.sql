-- When a statement was made: the broker's time of its record, never the time of the insert. 1970 is "before this was kept".
ALTER TABLE {database}.minute_versions ADD COLUMN IF NOT EXISTS known_at DateTime64(3, 'UTC');
ALTER TABLE {database}.alert_versions ADD COLUMN IF NOT EXISTS known_at DateTime64(3, 'UTC');
ALTER TABLE {database}.late_records ADD COLUMN IF NOT EXISTS known_at DateTime64(3, 'UTC');

CREATE OR REPLACE VIEW {database}.minutes AS
SELECT
    minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, verdict, revision,
    amount, terms, rules, rule_set, offsets, version, known_at
FROM {database}.minute_versions FINAL;

CREATE OR REPLACE VIEW {database}.alerts AS
SELECT
    incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, rules, score,
    revision, timestamp, mean, std, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set,
    version, acknowledged_by, acknowledged_at, acknowledged_severity, acknowledged_note, inhibited_by,
    severity_because, damage, known_at
FROM {database}.alert_versions FINAL;

CREATE OR REPLACE VIEW {database}.late AS
SELECT
    timestamp, scope, status, auth_code, count, amount, reason, field, detail, topic, partition, offset, record,
    known_at
FROM {database}.late_records FINAL;

-- Who is on an incident, since when, how severe it was then, and what they had to say.
ALTER TABLE {database}.alert_versions
    ADD COLUMN IF NOT EXISTS acknowledged_by Nullable(String),
    ADD COLUMN IF NOT EXISTS acknowledged_at Nullable(DateTime('UTC')),
    ADD COLUMN IF NOT EXISTS acknowledged_severity LowCardinality(Nullable(String)),
    ADD COLUMN IF NOT EXISTS acknowledged_note String;

CREATE OR REPLACE VIEW {database}.alerts AS
SELECT
    incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, rules, score,
    revision, timestamp, mean, std, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set,
    version, acknowledged_by, acknowledged_at, acknowledged_severity, acknowledged_note
FROM {database}.alert_versions FINAL;

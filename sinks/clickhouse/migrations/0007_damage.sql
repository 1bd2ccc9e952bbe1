-- Why an incident is as severe as it is, in a sentence and in numbers.
ALTER TABLE {database}.alert_versions
    ADD COLUMN IF NOT EXISTS severity_because String,
    ADD COLUMN IF NOT EXISTS damage Map(LowCardinality(String), Float64);

CREATE OR REPLACE VIEW {database}.alerts AS
SELECT
    incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, rules, score,
    revision, timestamp, mean, std, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set,
    version, acknowledged_by, acknowledged_at, acknowledged_severity, acknowledged_note, inhibited_by,
    severity_because, damage
FROM {database}.alert_versions FINAL;

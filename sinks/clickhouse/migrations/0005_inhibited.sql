-- The critical incident that hides one; empty when nothing does.
ALTER TABLE {database}.alert_versions ADD COLUMN IF NOT EXISTS inhibited_by String;

CREATE OR REPLACE VIEW {database}.alerts AS
SELECT
    incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, rules, score,
    revision, timestamp, mean, std, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set,
    version, acknowledged_by, acknowledged_at, acknowledged_severity, acknowledged_note, inhibited_by
FROM {database}.alert_versions FINAL;

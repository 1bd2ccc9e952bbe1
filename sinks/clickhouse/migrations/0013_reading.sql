-- What people did, by the records of the topic of commands: who, what, when, from where. An action that is sent again
-- keeps its id, whatever its instant: the first record is the one that counts.
ALTER TABLE {database}.audit_records
    ADD COLUMN IF NOT EXISTS login LowCardinality(String),
    ADD COLUMN IF NOT EXISTS scope LowCardinality(String),
    ADD COLUMN IF NOT EXISTS severity LowCardinality(String),
    ADD COLUMN IF NOT EXISTS revision UInt64,
    ADD COLUMN IF NOT EXISTS opinion LowCardinality(String);

CREATE OR REPLACE VIEW {database}.audit AS
SELECT
    id, at, actor, login, via, address, action, target_kind, target, scope, severity, revision, opinion, detail, known_at
FROM {database}.audit_records FINAL
ORDER BY known_at, at
LIMIT 1 BY id;

-- Nothing writes notifications yet, and a view without rows reads as if nobody had been told of anything. The table
-- stays: a step may run again, and must not delete what a later one's writer has written.
DROP VIEW IF EXISTS {database}.notifications;

-- Who may read a view need not be allowed to read the tables below it.
ALTER TABLE {database}.minutes MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.minutes_as_of MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.revisions MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.hours MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.days MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.alerts MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.incidents MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.incidents_as_of MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.incident_events MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.late MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.dead_letters MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.audit MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.transactions MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

-- What became of each message to people, by the records of the topic of receipts: one row for each thing that became of
-- one message, so that one that was overdue and then taken has two. `event_at` is the first minute of its incidents.
CREATE TABLE IF NOT EXISTS {database}.receipt_records
(
    at DateTime64(3, 'UTC'),
    notification String,
    number UInt32,
    channel LowCardinality(String),
    team LowCardinality(String),
    route LowCardinality(String),
    kind LowCardinality(String),
    outcome LowCardinality(String),
    incidents Array(String),
    severity LowCardinality(String),
    owed_at DateTime64(3, 'UTC'),
    event_at DateTime64(3, 'UTC'),
    took_ms UInt64,
    detail String,
    drill Bool,
    known_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(known_at)
ORDER BY (at, notification, number, channel, outcome);

-- Nothing has ever written to it.
DROP TABLE IF EXISTS {database}.notification_records;

-- Time to page counts from the end of the first minute to the answer of the target, of the first message that calls.
CREATE OR REPLACE VIEW {database}.notifications AS
SELECT
    at, notification, number, channel, team, route, kind, outcome, incidents, severity, owed_at, event_at,
    dateDiff('millisecond', owed_at, at) / 1000 AS seconds_owed,
    if(outcome = 'delivered' AND kind = 'open', toNullable(dateDiff('millisecond', event_at, at) / 1000 - 60), NULL)
        AS seconds_to_page,
    took_ms, detail, known_at
FROM {database}.receipt_records FINAL
WHERE NOT drill;

-- The same of drills, which are nobody's incidents and belong into no statistic.
CREATE OR REPLACE VIEW {database}.drills AS
SELECT
    at, notification, number, channel, team, route, kind, outcome, incidents, severity, owed_at, event_at,
    dateDiff('millisecond', owed_at, at) / 1000 AS seconds_owed,
    if(outcome = 'delivered' AND kind = 'open', toNullable(dateDiff('millisecond', event_at, at) / 1000 - 60), NULL)
        AS seconds_to_page,
    took_ms, detail, known_at
FROM {database}.receipt_records FINAL
WHERE drill;

ALTER TABLE {database}.notifications MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE {database}.drills MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

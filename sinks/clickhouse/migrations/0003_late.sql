-- Transactions that came too late for their minute. The place they had on their topic is their identity; the
-- event time is part of it, because offsets start again at 0 when a topic is made anew.
CREATE TABLE IF NOT EXISTS {database}.late_records
(
    timestamp DateTime64(3, 'UTC'),
    scope LowCardinality(String),
    status LowCardinality(Nullable(String)),
    auth_code LowCardinality(Nullable(String)),
    count Int64,
    amount Nullable(Int64),
    reason LowCardinality(String),
    field LowCardinality(String),
    detail String,
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    record String
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset, timestamp);

CREATE OR REPLACE VIEW {database}.late AS
SELECT
    timestamp, scope, status, auth_code, count, amount, reason, field, detail, topic, partition, offset, record
FROM {database}.late_records FINAL;

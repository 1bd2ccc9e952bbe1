-- Records that could not be counted, by their place; what lay in them stays on the topic (`floodmark dlq list`).
CREATE TABLE IF NOT EXISTS {database}.dead_letter_records
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    reason LowCardinality(String),
    field LowCardinality(String),
    detail String,
    sink LowCardinality(String),
    bytes UInt64,
    known_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(known_at)
PARTITION BY toYYYYMM(known_at)
ORDER BY (topic, partition, offset, sink);

CREATE OR REPLACE VIEW {database}.dead_letters AS
SELECT topic, partition, offset, reason, field, detail, sink, bytes, known_at
FROM {database}.dead_letter_records FINAL;

-- Who did what to an installation. An action has one id, so a record that comes twice is one row.
CREATE TABLE IF NOT EXISTS {database}.audit_records
(
    id String,
    at DateTime64(3, 'UTC'),
    actor String,
    role LowCardinality(String),
    via LowCardinality(String),
    action LowCardinality(String),
    target_kind LowCardinality(String),
    target String,
    outcome LowCardinality(String),
    detail String,
    address String,
    request_id String,
    known_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(known_at)
ORDER BY (at, id);

CREATE OR REPLACE VIEW {database}.audit AS
SELECT id, at, actor, role, via, action, target_kind, target, outcome, detail, address, request_id, known_at
FROM {database}.audit_records FINAL;

-- What was sent to people, and how it went. The last attempt of a message is the row that stays.
CREATE TABLE IF NOT EXISTS {database}.notification_records
(
    id String,
    incident_id String,
    revision UInt64,
    channel LowCardinality(String),
    receiver LowCardinality(String),
    event LowCardinality(String),
    outcome LowCardinality(String),
    reason LowCardinality(String),
    attempts UInt32,
    first_at DateTime64(3, 'UTC'),
    at DateTime64(3, 'UTC'),
    known_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(attempts)
ORDER BY (incident_id, revision, channel, receiver, id);

CREATE OR REPLACE VIEW {database}.notifications AS
SELECT
    id, incident_id, revision, channel, receiver, event, outcome, reason, attempts, first_at, at,
    dateDiff('millisecond', first_at, at) AS took_ms, known_at
FROM {database}.notification_records FINAL;

-- Transactions as they came, where FLOODMARK_KEEP_TRANSACTIONS_DAYS asks for them.
CREATE TABLE IF NOT EXISTS {database}.transaction_records
(
    timestamp DateTime64(3, 'UTC'),
    scope LowCardinality(String),
    status LowCardinality(Nullable(String)),
    auth_code LowCardinality(Nullable(String)),
    count Int64,
    amount Nullable(Int64),
    id String,
    source LowCardinality(String),
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    known_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(timestamp)
ORDER BY (scope, timestamp, topic, partition, offset);

CREATE OR REPLACE VIEW {database}.transactions AS
SELECT timestamp, scope, status, auth_code, count, amount, id, source, topic, partition, offset, known_at
FROM {database}.transaction_records FINAL;

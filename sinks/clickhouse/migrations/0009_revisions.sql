-- Every revision of every minute, in the order of time: what was known at an instant, and what an hour is made of.
-- A statement that was sent twice is one, known since the first time: the highest `earliest` stays.
CREATE TABLE IF NOT EXISTS {database}.minute_revisions
(
    minute DateTime('UTC'),
    scope LowCardinality(String),
    dimension LowCardinality(String),
    key LowCardinality(String),
    count Int64,
    total Int64,
    share Nullable(Float64),
    expected Nullable(Float64),
    low Nullable(Float64),
    high Nullable(Float64),
    mean Nullable(Float64),
    std Nullable(Float64),
    z Nullable(Float64),
    score Float64,
    verdict LowCardinality(String),
    revision UInt64,
    amount Int128,
    rules Array(LowCardinality(String)),
    rule_set LowCardinality(String),
    version UInt64,
    known_at DateTime64(3, 'UTC'),
    earliest UInt64
)
ENGINE = ReplacingMergeTree(earliest)
PARTITION BY toYYYYMM(minute)
ORDER BY (toStartOfHour(minute), scope, dimension, key, minute, version);

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.keep_revisions TO {database}.minute_revisions AS
SELECT
    minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, verdict, revision,
    amount, rules, rule_set, version, known_at,
    18446744073709551615 - toUInt64(toUnixTimestamp64Milli(known_at)) AS earliest
FROM {database}.minute_versions;

INSERT INTO {database}.minute_revisions
SELECT
    minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, verdict, revision,
    amount, rules, rule_set, version, known_at,
    18446744073709551615 - toUInt64(toUnixTimestamp64Milli(known_at)) AS earliest
FROM {database}.minute_versions
WHERE toYYYYMMDD(minute) = {day of minute_versions};

CREATE OR REPLACE VIEW {database}.revisions AS
SELECT
    minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, verdict, revision,
    amount, rules, rule_set, version, known_at
FROM {database}.minute_revisions FINAL;

-- What `minutes` showed at an instant: SELECT … FROM minutes_as_of(known = '2026-01-31 12:00:00').
CREATE OR REPLACE VIEW {database}.minutes_as_of AS
SELECT
    minute, scope, dimension, key,
    argMax(r.count, r.version) AS count,
    argMax(r.total, r.version) AS total,
    argMax(tuple(r.share), r.version).1 AS share,
    argMax(tuple(r.expected), r.version).1 AS expected,
    argMax(tuple(r.low), r.version).1 AS low,
    argMax(tuple(r.high), r.version).1 AS high,
    argMax(tuple(r.mean), r.version).1 AS mean,
    argMax(tuple(r.std), r.version).1 AS std,
    argMax(tuple(r.z), r.version).1 AS z,
    argMax(r.score, r.version) AS score,
    argMax(r.verdict, r.version) AS verdict,
    argMax(r.revision, r.version) AS revision,
    argMax(r.amount, r.version) AS amount,
    argMax(r.rules, r.version) AS rules,
    argMax(r.rule_set, r.version) AS rule_set,
    max(r.version) AS version,
    argMax(r.known_at, r.version) AS known_at
FROM {database}.minute_revisions AS r
WHERE r.known_at <= {known:DateTime64(3, 'UTC')}
GROUP BY minute, scope, dimension, key;

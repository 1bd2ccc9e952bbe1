-- What was said of incidents. The latest is the one with the highest (version, revision); a table engine takes
-- one number, so `rank` is version * 2^32 + revision, exact in 128 bits.
CREATE TABLE IF NOT EXISTS {database}.alert_versions
(
    incident_id String,
    state LowCardinality(String),
    severity LowCardinality(String),
    scope LowCardinality(String),
    dimension LowCardinality(String),
    key LowCardinality(String),
    since DateTime('UTC'),
    last_seen DateTime('UTC'),
    observed UInt64,
    expected Nullable(Float64),
    z Nullable(Float64),
    share Nullable(Float64),
    rules Array(LowCardinality(String)),
    score Float64,
    revision UInt64,
    timestamp DateTime('UTC'),
    mean Nullable(Float64),
    std Nullable(Float64),
    terms Map(LowCardinality(String), Float64),
    summary String,
    recommendation String,
    runbook String,
    estimated_loss Map(LowCardinality(String), Float64),
    attribution String,
    rule_set LowCardinality(String),
    version UInt64,
    rank UInt128
)
ENGINE = ReplacingMergeTree(rank)
ORDER BY incident_id;

CREATE OR REPLACE VIEW {database}.alerts AS
SELECT
    incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, rules, score,
    revision, timestamp, mean, std, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set,
    version
FROM {database}.alert_versions FINAL;

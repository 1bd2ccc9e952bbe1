-- Judged minutes. Of all rows with one key the one with the highest version is right, whenever it comes.
CREATE TABLE IF NOT EXISTS {database}.minute_versions
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
    amount Int64,
    terms Map(LowCardinality(String), Float64),
    rules Array(LowCardinality(String)),
    rule_set LowCardinality(String),
    offsets Map(LowCardinality(String), Int64),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(minute)
ORDER BY (scope, dimension, key, minute);

CREATE OR REPLACE VIEW {database}.minutes AS
SELECT
    minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, verdict, revision,
    amount, terms, rules, rule_set, offsets, version
FROM {database}.minute_versions FINAL;

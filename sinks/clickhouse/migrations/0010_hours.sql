-- What the minutes of an hour come to, for each series. The sink writes an hour anew whenever one of its minutes has
-- come or was revised. `version` is the sum of the versions of its minutes: whoever has seen more has the higher one.
CREATE TABLE IF NOT EXISTS {database}.hour_versions
(
    hour DateTime('UTC'),
    scope LowCardinality(String),
    dimension LowCardinality(String),
    key LowCardinality(String),
    minutes UInt16,
    count Int64,
    total Int64,
    amount Int128,
    judged UInt16,
    judged_count Int64,
    expected Float64,
    least Int64,
    most Int64,
    most_at DateTime('UTC'),
    score Float64,
    score_at DateTime('UTC'),
    z_low Nullable(Float64),
    z_high Nullable(Float64),
    warming_up UInt16,
    info UInt16,
    warning UInt16,
    critical UInt16,
    no_data UInt16,
    unknown UInt16,
    revised UInt16,
    known_at DateTime64(3, 'UTC'),
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (scope, dimension, key, hour);

INSERT INTO {database}.hour_versions
SELECT
    toStartOfHour(minute) AS hour, scope, dimension, key,
    toUInt16(count()) AS minutes,
    sum(m.count) AS count,
    sum(m.total) AS total,
    sum(m.amount) AS amount,
    toUInt16(countIf(m.expected IS NOT NULL)) AS judged,
    sumIf(m.count, m.expected IS NOT NULL) AS judged_count,
    sum(ifNull(m.expected, 0)) AS expected,
    min(m.count) AS least,
    max(m.count) AS most,
    argMax(minute, tuple(m.count, -toInt64(minute))) AS most_at,
    max(m.score) AS score,
    argMax(minute, tuple(m.score, -toInt64(minute))) AS score_at,
    min(m.z) AS z_low,
    max(m.z) AS z_high,
    toUInt16(countIf(m.verdict = 'warming_up')) AS warming_up,
    toUInt16(countIf(m.verdict = 'info')) AS info,
    toUInt16(countIf(m.verdict = 'warning')) AS warning,
    toUInt16(countIf(m.verdict = 'critical')) AS critical,
    toUInt16(countIf(m.verdict = 'no_data')) AS no_data,
    toUInt16(countIf(m.verdict = 'unknown')) AS unknown,
    toUInt16(countIf(m.revision > 1)) AS revised,
    max(m.known_at) AS known_at,
    sum(toUInt128(m.version) + 1) AS version
FROM
(
    SELECT minute, scope, dimension, key, count, total, amount, expected, score, z, verdict, revision, known_at, version
    FROM {database}.minute_revisions
    WHERE toYYYYMMDD(minute) = {day of minute_revisions}
    ORDER BY toStartOfHour(minute), scope, dimension, key, minute, version DESC
    LIMIT 1 BY scope, dimension, key, minute
) AS m
GROUP BY hour, scope, dimension, key;

CREATE OR REPLACE VIEW {database}.hours AS
SELECT
    hour, scope, dimension, key, minutes, count, total, amount, judged, judged_count, expected, least, most, most_at,
    score, score_at, z_low, z_high, warming_up, info, warning, critical, no_data, unknown, revised, known_at
FROM {database}.hour_versions FINAL;

-- Days are hours that are added up when they are asked for, so they are right when these are.
CREATE OR REPLACE VIEW {database}.days AS
SELECT
    toDate(h.hour) AS day, h.scope AS scope, h.dimension AS dimension, h.key AS key,
    sum(h.minutes) AS minutes,
    sum(h.count) AS count,
    sum(h.total) AS total,
    sum(h.amount) AS amount,
    sum(h.judged) AS judged,
    sum(h.judged_count) AS judged_count,
    sum(h.expected) AS expected,
    min(h.least) AS least,
    max(h.most) AS most,
    argMax(h.most_at, tuple(h.most, -toInt64(h.most_at))) AS most_at,
    max(h.score) AS score,
    argMax(h.score_at, tuple(h.score, -toInt64(h.score_at))) AS score_at,
    min(h.z_low) AS z_low,
    max(h.z_high) AS z_high,
    sum(h.warming_up) AS warming_up,
    sum(h.info) AS info,
    sum(h.warning) AS warning,
    sum(h.critical) AS critical,
    sum(h.no_data) AS no_data,
    sum(h.unknown) AS unknown,
    sum(h.revised) AS revised,
    max(h.known_at) AS known_at
FROM {database}.hours AS h
GROUP BY day, scope, dimension, key;

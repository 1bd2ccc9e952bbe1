-- Which incidents were there last?
-- param limit UInt32 [1..] = 50 : how many
-- column since DateTime('UTC')
-- column last_seen DateTime('UTC')
-- column state String
-- column severity String
-- column scope String
-- column dimension String
-- column key String
-- column observed UInt64
-- column expected Nullable(Float64)
-- column found_by String
-- column summary String
-- column incident_id String
SELECT
    since,
    last_seen,
    state,
    severity,
    scope,
    dimension,
    key,
    observed,
    expected,
    arrayStringConcat(rules, ', ') AS found_by,
    summary,
    incident_id
FROM incidents
ORDER BY since DESC, incident_id
LIMIT {limit:UInt32}

-- What did late data change?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column minute DateTime('UTC')
-- column dimension String
-- column key String
-- column revisions UInt64
-- column count_at_first Int64
-- column count_at_last Int64
-- column verdict_at_first String
-- column verdict_at_last String
-- column seconds_until_last Float64
SELECT
    minute,
    r.dimension AS dimension,
    r.key AS key,
    count() AS revisions,
    argMin(r.count, r.version) AS count_at_first,
    argMax(r.count, r.version) AS count_at_last,
    toString(argMin(r.verdict, r.version)) AS verdict_at_first,
    toString(argMax(r.verdict, r.version)) AS verdict_at_last,
    dateDiff('millisecond', min(r.known_at), max(r.known_at)) / 1000 AS seconds_until_last
FROM revisions AS r
WHERE scope = {scope:String} AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
GROUP BY minute, r.dimension, r.key
HAVING revisions > 1
ORDER BY minute, dimension, key

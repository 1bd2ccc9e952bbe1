-- Which minutes were the worst?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param limit UInt32 [1..] = 50 : how many
-- column minute DateTime('UTC')
-- column dimension String
-- column key String
-- column count Int64
-- column expected Nullable(Float64)
-- column z Nullable(Float64)
-- column score Float64
-- column verdict String
SELECT
    minute,
    m.dimension AS dimension,
    m.key AS key,
    m.count AS count,
    m.expected AS expected,
    m.z AS z,
    m.score AS score,
    m.verdict AS verdict
FROM minutes AS m
WHERE scope = {scope:String} AND m.score > 0 AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
    -- A minute among the worst lies in an hour among the worst: few hours are read.
    -- Of the hours at both ends a part is asked for, and their worst minute may lie in the other one.
    AND
    (
        toStartOfHour(minute) IN (toStartOfHour({from:DateTime('UTC')}), toStartOfHour({to:DateTime('UTC')}))
        OR toStartOfHour(minute) IN
        (
            SELECT hour
            FROM hours
            WHERE scope = {scope:String} AND score > 0
                AND hour >= {from:DateTime('UTC')} AND hour < toStartOfHour({to:DateTime('UTC')})
            GROUP BY hour
            ORDER BY max(score) DESC, hour
            LIMIT {limit:UInt32}
        )
    )
ORDER BY score DESC, minute, dimension, key
LIMIT {limit:UInt32}

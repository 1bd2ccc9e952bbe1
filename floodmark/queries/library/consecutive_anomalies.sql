-- Which series were odd in several minutes one directly after the other?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param least UInt32 [1..] = 3 : so many minutes at least
-- column dimension String
-- column key String
-- column first_minute DateTime('UTC')
-- column last_minute DateTime('UTC')
-- column minutes UInt64
-- column worst_verdict String
-- column most Int64
SELECT
    dimension,
    key,
    min(minute) AS first_minute,
    max(minute) AS last_minute,
    count() AS minutes,
    argMax(verdict, indexOf(['info', 'warning', 'critical'], verdict)) AS worst_verdict,
    max(count) AS most
FROM
(
    SELECT
        m.dimension AS dimension,
        m.key AS key,
        minute,
        m.verdict AS verdict,
        m.count AS count,
        -- Equal for minutes one directly after the other: both sides grow by one.
        intDiv(toUnixTimestamp(minute), 60)
            - row_number() OVER (PARTITION BY m.dimension, m.key ORDER BY minute) AS run
    FROM minutes AS m
    WHERE scope = {scope:String} AND m.verdict IN ('info', 'warning', 'critical') AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
)
GROUP BY dimension, key, run
HAVING minutes >= {least:UInt32}
ORDER BY first_minute, dimension, key

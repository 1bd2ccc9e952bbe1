-- How does each status change from five minutes to the next five?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column five_minutes DateTime('UTC')
-- column key String
-- column count Int64
-- column before Nullable(Int64)
-- column change Nullable(Int64)
SELECT
    five_minutes,
    key,
    count,
    before,
    count - before AS change
FROM
(
    SELECT
        five_minutes,
        key,
        count,
        -- Those directly before; NULL where nothing was judged then.
        any(toNullable(count)) OVER (
            PARTITION BY key ORDER BY toUnixTimestamp(five_minutes) RANGE BETWEEN 300 PRECEDING AND 300 PRECEDING
        ) AS before
    FROM
    (
        SELECT toStartOfFiveMinutes(minute) AS five_minutes, m.key AS key, sum(m.count) AS count
        FROM minutes AS m
        WHERE scope = {scope:String} AND dimension = 'status' AND minute >= toStartOfFiveMinutes({from:DateTime('UTC')}) - 300 AND minute < {to:DateTime('UTC')}
        GROUP BY five_minutes, key
    )
)
WHERE five_minutes >= toStartOfFiveMinutes({from:DateTime('UTC')})
ORDER BY key, five_minutes

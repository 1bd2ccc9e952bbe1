-- In which minutes did more transactions fail than is usual at that time?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param least UInt32 [1..] = 3 : so many failures at least
-- param times Float64 (0..) = 3 : so many times the mean of the hour before
-- column minute DateTime('UTC')
-- column failed Int64
-- column usual Float64
-- column times Nullable(Float64)
-- column verdict String
SELECT
    minute,
    failed,
    usual,
    if(usual > 0, failed / usual, NULL) AS times,
    verdict
FROM
(
    SELECT
        minute,
        count AS failed,
        verdict,
        -- The hour before the first minute is read as well: it is what that minute is compared with.
        avg(count) OVER (ORDER BY toUnixTimestamp(minute) RANGE BETWEEN 3600 PRECEDING AND 60 PRECEDING) AS usual
    FROM minutes
    WHERE scope = {scope:String} AND dimension = 'status' AND key = 'failed' AND minute >= {from:DateTime('UTC')} - 3600 AND minute < {to:DateTime('UTC')}
)
WHERE minute >= {from:DateTime('UTC')} AND failed >= {least:UInt32} AND failed > {times:Float64} * usual
ORDER BY minute

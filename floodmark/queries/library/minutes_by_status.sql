-- How many transactions came in each minute, by status?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column minute DateTime('UTC')
-- column transactions Int64
-- column approved Int64
-- column denied Int64
-- column failed Int64
-- column reversed Int64
-- column backend_reversed Int64
-- column others Int64
SELECT
    minute,
    sum(count) AS transactions,
    sumIf(count, key = 'approved') AS approved,
    sumIf(count, key = 'denied') AS denied,
    sumIf(count, key = 'failed') AS failed,
    sumIf(count, key = 'reversed') AS reversed,
    sumIf(count, key = 'backend_reversed') AS backend_reversed,
    sumIf(count, key NOT IN ('approved', 'denied', 'failed', 'reversed', 'backend_reversed')) AS others
FROM minutes
WHERE scope = {scope:String} AND dimension = 'status' AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
GROUP BY minute
ORDER BY minute

-- Which part of the transactions of each hour failed, was denied or was taken back?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column hour DateTime('UTC')
-- column transactions Int64
-- column failed_share Float64
-- column denied_share Float64
-- column reversed_share Float64
SELECT
    hour,
    sum(count) AS transactions,
    sumIf(count, key = 'failed') / transactions AS failed_share,
    sumIf(count, key = 'denied') / transactions AS denied_share,
    sumIf(count, key IN ('reversed', 'backend_reversed')) / transactions AS reversed_share
FROM hours
WHERE scope = {scope:String} AND dimension = 'status' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY hour
HAVING transactions > 0
ORDER BY hour

-- Which part was approved each day, and how much of the error budget did that take?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param objective Float64 (0..1) = 0.9 : the part that is to be approved
-- column day Date
-- column transactions Int64
-- column approval_rate Float64
-- column met UInt8
-- column budget_spent Float64
SELECT
    toDate(hour) AS day,
    sum(count) AS transactions,
    sumIf(count, key = 'approved') / transactions AS approval_rate,
    approval_rate >= {objective:Float64} AS met,
    (1 - approval_rate) / (1 - {objective:Float64}) AS budget_spent
FROM hours
WHERE scope = {scope:String} AND dimension = 'status' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY day
HAVING transactions > 0
ORDER BY day

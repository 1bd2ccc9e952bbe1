-- How fast is the error budget used up, over an hour, six hours, a day and three?
-- param scope String = all : whose transactions
-- param objective Float64 (0..1) = 0.9 : the part that is to be approved
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last minute that counts
-- column window_hours UInt16
-- column transactions Int64
-- column approval_rate Float64
-- column burn_rate Float64
WITH
    (
        SELECT max(minute)
        FROM minutes
        WHERE scope = {scope:String} AND dimension = 'status' AND minute < {to:DateTime('UTC')}
    ) AS newest
SELECT
    window_hours,
    sum(count) AS transactions,
    sumIf(count, key = 'approved') / transactions AS approval_rate,
    (1 - approval_rate) / (1 - {objective:Float64}) AS burn_rate
FROM
(
    SELECT minute, key, count
    FROM minutes
    WHERE scope = {scope:String} AND dimension = 'status' AND minute > newest - 72 * 3600 AND minute <= newest
)
ARRAY JOIN [1, 6, 24, 72]::Array(UInt16) AS window_hours
WHERE minute > newest - toUInt32(window_hours) * 3600
GROUP BY window_hours
HAVING transactions > 0
ORDER BY window_hours

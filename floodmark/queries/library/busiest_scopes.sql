-- Which scopes have the most transactions?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param limit UInt32 [1..] = 20 : how many
-- column scope String
-- column transactions Int64
-- column approval_rate Float64
-- column per_minute Float64
-- column last_hour DateTime('UTC')
-- column odd_minutes UInt64
SELECT
    h.scope AS scope,
    sum(h.count) AS transactions,
    sumIf(h.count, key = 'approved') / transactions AS approval_rate,
    transactions / (60 * uniqExact(hour)) AS per_minute,
    max(hour) AS last_hour,
    sum(h.warning + h.critical) AS odd_minutes
FROM hours AS h
WHERE dimension = 'status' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY scope
HAVING transactions > 0
ORDER BY transactions DESC, scope
LIMIT {limit:UInt32}

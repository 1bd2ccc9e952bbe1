-- Which rules open how many incidents a day, and how many are taken back?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column day Date
-- column rule String
-- column incidents UInt64
-- column withdrawn UInt64
-- column statements UInt64
SELECT
    toDate(opened_at) AS day,
    rule,
    count() AS incidents,
    countIf(state = 'withdrawn') AS withdrawn,
    sum(statements) AS statements
FROM incidents
ARRAY JOIN rules AS rule
WHERE opened_at >= {from:DateTime('UTC')} AND opened_at < {to:DateTime('UTC')}
GROUP BY day, rule
ORDER BY day, incidents DESC, rule

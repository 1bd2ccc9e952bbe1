-- How many messages to people did each channel take, refuse or take too late, and how long did a page take?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column channel String
-- column messages UInt64
-- column taken UInt64
-- column refused UInt64
-- column overdue UInt64
-- column p50_seconds_owed Nullable(Float64)
-- column p95_seconds_owed Nullable(Float64)
-- column pages UInt64
-- column p50_seconds_to_page Nullable(Float64)
-- column p95_seconds_to_page Nullable(Float64)
SELECT
    n.channel AS channel,
    uniqExact(notification, number) AS messages,
    countIf(outcome = 'delivered') AS taken,
    countIf(outcome = 'refused') AS refused,
    countIf(outcome = 'overdue') AS overdue,
    if(taken > 0, toNullable(quantileExactIf(0.5)(seconds_owed, outcome = 'delivered')), NULL) AS p50_seconds_owed,
    if(taken > 0, toNullable(quantileExactIf(0.95)(seconds_owed, outcome = 'delivered')), NULL) AS p95_seconds_owed,
    countIf(seconds_to_page IS NOT NULL) AS pages,
    if(pages > 0, toNullable(quantileExactIf(0.5)(ifNull(seconds_to_page, 0), seconds_to_page IS NOT NULL)), NULL)
        AS p50_seconds_to_page,
    if(pages > 0, toNullable(quantileExactIf(0.95)(ifNull(seconds_to_page, 0), seconds_to_page IS NOT NULL)), NULL)
        AS p95_seconds_to_page
FROM notifications AS n
WHERE at >= {from:DateTime('UTC')} AND at < {to:DateTime('UTC')}
GROUP BY channel
ORDER BY messages DESC, channel

-- How many incidents were there, of what and how severe, and what did they cost?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column severity String
-- column dimension String
-- column key String
-- column incidents UInt64
-- column open UInt64
-- column acknowledged UInt64
-- column minutes Float64
-- column net_loss_transactions Float64
SELECT
    peak_severity AS severity,
    dimension,
    key,
    count() AS incidents,
    countIf(resolved_at IS NULL) AS open,
    countIf(acknowledged_at IS NOT NULL) AS acknowledged,
    sum(seconds_of_evidence) / 60 AS minutes,
    sum(net_loss_transactions) AS net_loss_transactions
FROM incidents
WHERE state != 'withdrawn' AND opened_at >= {from:DateTime('UTC')} AND opened_at < {to:DateTime('UTC')}
GROUP BY severity, dimension, key
ORDER BY indexOf(['critical', 'warning', 'info'], severity), incidents DESC, dimension, key

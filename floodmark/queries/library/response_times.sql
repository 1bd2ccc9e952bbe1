-- How long does it take to open, acknowledge and resolve incidents, and how far are they apart?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column severity String
-- column incidents UInt64
-- column acknowledged UInt64
-- column resolved UInt64
-- column mean_seconds_to_open Nullable(Float64)
-- column mean_seconds_to_acknowledge Nullable(Float64)
-- column mean_seconds_to_resolve Nullable(Float64)
-- column mean_seconds_between Nullable(Float64)
SELECT
    peak_severity AS severity,
    count() AS incidents,
    countIf(seconds_to_acknowledge IS NOT NULL) AS acknowledged,
    countIf(state = 'resolved') AS resolved,
    toNullable(avg(seconds_to_open)) AS mean_seconds_to_open,
    if(acknowledged > 0, avg(ifNull(seconds_to_acknowledge, 0)) * incidents / acknowledged, NULL)
        AS mean_seconds_to_acknowledge,
    if(resolved > 0, toNullable(avgIf(ifNull(seconds_to_resolve, 0), state = 'resolved')), NULL) AS mean_seconds_to_resolve,
    if(incidents > 1, (toInt64(max(since)) - toInt64(min(since))) / (incidents - 1), NULL) AS mean_seconds_between
FROM incidents
WHERE state != 'withdrawn' AND opened_at >= {from:DateTime('UTC')} AND opened_at < {to:DateTime('UTC')}
GROUP BY severity
ORDER BY indexOf(['critical', 'warning', 'info'], severity)

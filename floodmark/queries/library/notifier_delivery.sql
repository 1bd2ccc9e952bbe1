-- How many messages reached people, by channel, and how fast?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column channel String
-- column receiver String
-- column outcome String
-- column messages UInt64
-- column attempts UInt64
-- column median_ms Float64
-- column slowest_ms Int64
SELECT
    n.channel AS channel,
    n.receiver AS receiver,
    n.outcome AS outcome,
    count() AS messages,
    sum(n.attempts) AS attempts,
    quantileExact(0.5)(took_ms)::Float64 AS median_ms,
    max(took_ms) AS slowest_ms
FROM notifications AS n
WHERE at >= {from:DateTime('UTC')} AND at < {to:DateTime('UTC')}
GROUP BY channel, receiver, outcome
ORDER BY channel, receiver, outcome

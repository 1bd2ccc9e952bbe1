-- Which records could not be counted or written, and why?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column reason String
-- column field String
-- column sink String
-- column records UInt64
-- column bytes UInt64
-- column first_at DateTime64(3, 'UTC')
-- column last_at DateTime64(3, 'UTC')
SELECT
    d.reason AS reason,
    d.field AS field,
    d.sink AS sink,
    count() AS records,
    sum(d.bytes) AS bytes,
    min(known_at) AS first_at,
    max(known_at) AS last_at
FROM dead_letters AS d
WHERE known_at >= {from:DateTime('UTC')} AND known_at < {to:DateTime('UTC')}
GROUP BY reason, field, sink
ORDER BY records DESC, reason, field, sink

-- Who did what, and how did it end?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param limit UInt32 = 200 : how many, the latest first
-- column at DateTime64(3, 'UTC')
-- column actor String
-- column role String
-- column via String
-- column action String
-- column target String
-- column outcome String
-- column detail String
SELECT
    at,
    actor,
    a.role AS role,
    a.via AS via,
    a.action AS action,
    target,
    a.outcome AS outcome,
    detail
FROM audit AS a
WHERE at >= {from:DateTime('UTC')} AND at < {to:DateTime('UTC')}
ORDER BY at DESC, id
LIMIT {limit:UInt32}

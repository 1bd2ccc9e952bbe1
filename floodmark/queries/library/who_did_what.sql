-- Who did what about which incident, when, and from where?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param limit UInt32 [1..] = 200 : how many, the latest first
-- column at DateTime64(3, 'UTC')
-- column actor String
-- column login String
-- column via String
-- column address String
-- column action String
-- column incident_id String
-- column scope String
-- column opinion String
-- column assignee String
-- column until Nullable(DateTime('UTC'))
-- column note String
SELECT
    at,
    actor,
    a.login AS login,
    a.via AS via,
    address,
    a.action AS action,
    target AS incident_id,
    a.scope AS scope,
    a.opinion AS opinion,
    assignee,
    until,
    detail AS note
FROM audit AS a
WHERE at >= {from:DateTime('UTC')} AND at < {to:DateTime('UTC')}
ORDER BY at DESC, id
LIMIT {limit:UInt32}

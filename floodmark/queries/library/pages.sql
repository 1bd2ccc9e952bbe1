-- Who was called when, about which incidents of which scopes and rules, and what did people say of these?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column at DateTime64(3, 'UTC')
-- column team String
-- column notification String
-- column owed_at DateTime64(3, 'UTC')
-- column kind String
-- column severity String
-- column incident_id String
-- column scope String
-- column key String
-- column rules Array(String)
-- column opinion String
SELECT
    p.at AS at,
    p.team AS team,
    p.notification AS notification,
    p.owed_at AS owed_at,
    p.kind AS kind,
    p.severity AS severity,
    p.incident_id AS incident_id,
    a.scope AS scope,
    a.key AS key,
    arrayMap(rule -> toString(rule), a.rules) AS rules,
    f.opinion AS opinion
FROM
(
    SELECT
        toString(n.team) AS team,
        n.notification AS notification,
        n.owed_at AS owed_at,
        min(n.at) AS at,
        toString(any(n.kind)) AS kind,
        toString(any(n.severity)) AS severity,
        arrayJoin(groupUniqArrayArray(n.incidents)) AS incident_id
    FROM notifications AS n
    WHERE n.outcome = 'delivered' AND n.kind IN ('open', 'rise', 'more', 'flapping', 'repeat', 'escalation', 'handed_back')
        AND n.at >= {from:DateTime('UTC')} AND n.at < {to:DateTime('UTC')}
    GROUP BY n.team, n.notification, n.owed_at
) AS p
LEFT JOIN alerts AS a ON a.incident_id = p.incident_id
LEFT JOIN
(
    SELECT target, toString(argMax(a.opinion, (a.at, a.id))) AS opinion
    FROM audit AS a
    WHERE a.action = 'feedback'
    GROUP BY target
) AS f ON f.target = p.incident_id
ORDER BY at, team, notification, incident_id

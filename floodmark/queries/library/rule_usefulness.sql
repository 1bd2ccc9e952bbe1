-- Which rules have people called useful, or not, and of how many incidents?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- column rule String
-- column incidents UInt64
-- column useful UInt64
-- column not_useful UInt64
-- column more_was_wrong UInt64
-- column note String
SELECT
    rule,
    count() AS incidents,
    countIf(opinion = 'true_positive') AS useful,
    countIf(opinion = 'false_positive') AS not_useful,
    countIf(opinion = 'missed') AS more_was_wrong,
    argMaxIf(told.note, told.last_at, told.note != '') AS note
FROM incidents AS i
LEFT JOIN
(
    SELECT
        target,
        argMax(a.opinion, (a.at, a.id)) AS opinion,
        argMax(a.detail, (a.at, a.id)) AS note,
        max(a.at) AS last_at
    FROM audit AS a
    WHERE a.action = 'feedback'
    GROUP BY target
) AS told ON told.target = i.incident_id
ARRAY JOIN rules AS rule
WHERE opened_at >= {from:DateTime('UTC')} AND opened_at < {to:DateTime('UTC')}
GROUP BY rule
ORDER BY not_useful DESC, useful, rule

-- In which series did a rule find something while nothing was told of their scope, and in which minute most?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String =  : whose; none: of every scope
-- param limit UInt32 [1..] = 20 : how many, the highest scores first
-- column minute DateTime('UTC')
-- column scope String
-- column dimension String
-- column key String
-- column count Int64
-- column expected Nullable(Float64)
-- column score Float64
-- column rules Array(String)
-- column minutes UInt64
SELECT
    minute,
    m.scope AS scope,
    m.dimension AS dimension,
    m.key AS key,
    m.count AS count,
    m.expected AS expected,
    m.score AS score,
    m.rules AS rules,
    count() OVER (PARTITION BY m.scope, m.dimension, m.key) AS minutes
FROM minutes AS m
LEFT JOIN
(
    SELECT scope, groupArray((since, if(state = 'resolved', last_seen, {to:DateTime('UTC')}))) AS stretches
    FROM incidents
    WHERE state != 'withdrawn'
    GROUP BY scope
) AS i ON i.scope = m.scope
WHERE minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
    AND ({scope:String} = '' OR m.scope = {scope:String}) AND notEmpty(m.rules)
    AND NOT arrayExists(stretch -> minute >= stretch.1 AND minute <= stretch.2, stretches)
ORDER BY score DESC, minute, scope, dimension, key
LIMIT 1 BY scope, dimension, key
LIMIT {limit:UInt32}

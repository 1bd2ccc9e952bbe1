-- Which minutes of denials were found odd, and by what?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column minute DateTime('UTC')
-- column denied Int64
-- column share Nullable(Float64)
-- column expected Nullable(Float64)
-- column high Nullable(Float64)
-- column z Nullable(Float64)
-- column score Float64
-- column verdict String
-- column found_by String
SELECT
    minute,
    count AS denied,
    share,
    expected,
    high,
    z,
    score,
    verdict,
    arrayStringConcat(rules, ', ') AS found_by
FROM minutes
WHERE scope = {scope:String} AND dimension = 'status' AND key = 'denied' AND verdict IN ('info', 'warning', 'critical') AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
ORDER BY minute

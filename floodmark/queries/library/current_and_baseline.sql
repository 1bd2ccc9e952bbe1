-- How do the last minutes compare with what was expected of them?
-- param scope String = all : whose transactions
-- param minutes UInt32 [1..525600] = 60 : how many of the last minutes
-- column dimension String
-- column key String
-- column observed Int64
-- column expected Float64
-- column difference Float64
-- column ratio Nullable(Float64)
-- column worst_verdict String
WITH (SELECT max(minute) FROM minutes WHERE scope = {scope:String}) AS newest
SELECT
    dimension,
    key,
    sumIf(m.count, m.expected IS NOT NULL) AS observed,
    sum(ifNull(m.expected, 0)) AS expected,
    observed - expected AS difference,
    if(expected > 0, observed / expected, NULL) AS ratio,
    toString(argMax(verdict, indexOf(['warming_up', 'no_data', 'unknown', 'info', 'warning', 'critical'], verdict)))
        AS worst_verdict
FROM minutes AS m
WHERE scope = {scope:String} AND minute > newest - 60 * {minutes:UInt32}
GROUP BY m.dimension, m.key
ORDER BY abs(difference) DESC, dimension, key

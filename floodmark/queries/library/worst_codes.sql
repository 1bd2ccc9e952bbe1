-- Which auth codes other than approval exceeded what was expected the most, hour by hour?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param codes UInt32 [1..] = 5 : how many of each hour
-- param approved String = 00 : the code of an approval
-- column hour DateTime('UTC')
-- column code String
-- column count Int64
-- column expected Float64
-- column excess Float64
-- column rank UInt64
SELECT hour, code, count, expected, excess, rank
FROM
(
    SELECT
        hour,
        h.key AS code,
        h.judged_count AS count,
        h.expected AS expected,
        count - expected AS excess,
        row_number() OVER (PARTITION BY hour ORDER BY excess DESC, code) AS rank
    FROM hours AS h
    WHERE scope = {scope:String} AND dimension = 'auth_code' AND h.key != {approved:String} AND h.judged > 0 AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
)
WHERE rank <= {codes:UInt32}
ORDER BY hour, rank

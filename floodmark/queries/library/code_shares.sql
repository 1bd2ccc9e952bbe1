-- Which part of each hour does each auth code take?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column hour DateTime('UTC')
-- column code String
-- column count Int64
-- column share Nullable(Float64)
SELECT
    hour,
    h.key AS code,
    h.count AS count,
    h.count / nullIf(sum(h.count) OVER (PARTITION BY hour), 0) AS share
FROM hours AS h
WHERE scope = {scope:String} AND dimension = 'auth_code' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
ORDER BY hour, count DESC, code

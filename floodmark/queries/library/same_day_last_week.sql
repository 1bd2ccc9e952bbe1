-- How does each hour compare with the same hour of the week before?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param dimension String [status|auth_code] = status : `status` or `auth_code`
-- column hour DateTime('UTC')
-- column key String
-- column count Int64
-- column week_before Nullable(Int64)
-- column ratio Nullable(Float64)
SELECT
    now.hour AS hour,
    now.key AS key,
    now.count AS count,
    then.count AS week_before,
    if(then.count > 0, now.count / then.count, NULL) AS ratio
FROM
(
    SELECT hour, key, count
    FROM hours
    WHERE scope = {scope:String} AND dimension = {dimension:String}
        AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
) AS now
LEFT JOIN
(
    SELECT hour + INTERVAL 7 DAY AS hour, key, toNullable(count) AS count
    FROM hours
    WHERE scope = {scope:String} AND dimension = {dimension:String}
) AS then ON then.hour = now.hour AND then.key = now.key
ORDER BY hour, key

-- At which hour of which day of the week does how much happen, and how much of it fails?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column weekday UInt8
-- column hour_of_day UInt8
-- column hours UInt64
-- column per_hour Float64
-- column not_approved_share Float64
SELECT
    toDayOfWeek(hour) AS weekday,
    toHour(hour) AS hour_of_day,
    uniqExact(hour) AS hours,
    sum(count) / hours AS per_hour,
    1 - sumIf(count, key = 'approved') / sum(count) AS not_approved_share
FROM hours
WHERE scope = {scope:String} AND dimension = 'status' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY weekday, hour_of_day
HAVING sum(count) > 0
ORDER BY weekday, hour_of_day

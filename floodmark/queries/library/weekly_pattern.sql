-- How do the days of the week differ, for each status?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column weekday UInt8
-- column key String
-- column days UInt64
-- column per_day Float64
-- column share Nullable(Float64)
SELECT
    toDayOfWeek(hour) AS weekday,
    h.key AS key,
    any(d.days) AS days,
    sum(h.count) / days AS per_day,
    sum(h.count) / nullIf(any(d.transactions), 0) AS share
FROM hours AS h
INNER JOIN
(
    SELECT toDayOfWeek(hour) AS weekday, uniqExact(toDate(hour)) AS days, sum(count) AS transactions
    FROM hours
    WHERE scope = {scope:String} AND dimension = 'status' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    GROUP BY weekday
) AS d ON d.weekday = toDayOfWeek(h.hour)
WHERE scope = {scope:String} AND dimension = 'status' AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY weekday, key
ORDER BY weekday, per_day DESC, key

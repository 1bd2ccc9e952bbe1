-- When was at least one severe incident going on, without a break, and for how long?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param severity String [critical|warning|info] = critical : how severe an incident has been at its worst: critical or warning
-- column started_at DateTime('UTC')
-- column ended_at DateTime('UTC')
-- column minutes Float64
-- column incidents UInt64
-- column series String
SELECT
    min(since) AS started_at,
    max(until) AS ended_at,
    (toInt64(ended_at) - toInt64(started_at)) / 60 AS minutes,
    count() AS incidents,
    arrayStringConcat(arraySort(groupUniqArray(series)), ', ') AS series
FROM
(
    SELECT since, until, series, sum(begins) OVER (ORDER BY since, incident_id) AS period
    FROM
    (
        SELECT
            incident_id,
            since,
            last_seen + 60 AS until,
            concat(scope, ' ', dimension, ' ', key) AS series,
            -- A period begins where nothing of before reaches to.
            since > max(until) OVER (ORDER BY since, incident_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                AS begins
        FROM incidents
        WHERE peak_severity = {severity:String} AND state != 'withdrawn' AND since >= {from:DateTime('UTC')} AND since < {to:DateTime('UTC')}
    )
)
GROUP BY period
ORDER BY started_at

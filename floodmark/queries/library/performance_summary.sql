-- What was the traffic like, in a few numbers?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- column first_minute DateTime('UTC')
-- column last_minute DateTime('UTC')
-- column minutes UInt64
-- column transactions Int64
-- column amount Int128
-- column approval_rate Nullable(Float64)
-- column per_minute Float64
-- column busiest_minute DateTime('UTC')
-- column most_in_a_minute Int64
-- column odd_minutes UInt64
-- column revised_minutes UInt64
SELECT
    min(minute) AS first_minute,
    max(minute) AS last_minute,
    count() AS minutes,
    sum(t) AS transactions,
    sum(a) AS amount,
    sum(ok) / nullIf(transactions, 0) AS approval_rate,
    transactions / minutes AS per_minute,
    argMax(minute, (t, -toInt64(minute))) AS busiest_minute,
    max(t) AS most_in_a_minute,
    countIf(odd) AS odd_minutes,
    countIf(again) AS revised_minutes
FROM
(
    SELECT
        minute,
        sum(count) AS t,
        sum(m.amount) AS a,
        sumIf(count, key = 'approved') AS ok,
        max(verdict IN ('warning', 'critical')) AS odd,
        max(revision > 1) AS again
    FROM minutes AS m
    WHERE scope = {scope:String} AND dimension = 'status' AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
    GROUP BY minute
)
HAVING minutes > 0

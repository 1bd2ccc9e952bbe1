-- What was known of each minute at an instant?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String = all : whose transactions
-- param known DateTime64(3, 'UTC') = 2100-01-01 00:00:00 : the instant
-- column minute DateTime('UTC')
-- column dimension String
-- column key String
-- column count Int64
-- column verdict String
-- column revision UInt64
-- column known_at DateTime64(3, 'UTC')
SELECT
    minute,
    m.dimension AS dimension,
    m.key AS key,
    m.count AS count,
    m.verdict AS verdict,
    m.revision AS revision,
    m.known_at AS known_at
FROM minutes_as_of(known = {known:DateTime64(3, 'UTC')}) AS m
WHERE scope = {scope:String} AND minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
ORDER BY minute, dimension, key

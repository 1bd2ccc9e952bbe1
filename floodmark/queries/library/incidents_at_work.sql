-- Which incidents were open in a stretch of time, who has taken them, and what did they cost?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String =  : whose; none: of every scope
-- column incident_id String
-- column since DateTime('UTC')
-- column opened_at DateTime('UTC')
-- column resolved_at Nullable(DateTime('UTC'))
-- column severity String
-- column scope String
-- column dimension String
-- column key String
-- column acknowledged_by Nullable(String)
-- column acknowledged_at Nullable(DateTime('UTC'))
-- column acknowledged_until Nullable(DateTime('UTC'))
-- column seconds_to_open Int64
-- column seconds_to_acknowledge Nullable(Int64)
-- column seconds_to_resolve Nullable(Int64)
-- column loss_transactions Float64
-- column net_loss_transactions Float64
-- column loss_amount Float64
-- column net_loss_amount Float64
-- column rules Array(String)
-- column statements UInt64
SELECT
    incident_id,
    since,
    opened_at,
    resolved_at,
    peak_severity AS severity,
    i.scope AS scope,
    dimension,
    key,
    acknowledged_by,
    acknowledged_at,
    acknowledged_until,
    seconds_to_open,
    seconds_to_acknowledge,
    seconds_to_resolve,
    loss_transactions,
    net_loss_transactions,
    loss_amount,
    net_loss_amount,
    rules,
    statements
FROM incidents AS i
WHERE state != 'withdrawn' AND opened_at < {to:DateTime('UTC')}
    AND (resolved_at IS NULL OR resolved_at > {from:DateTime('UTC')}) AND ({scope:String} = '' OR i.scope = {scope:String})
ORDER BY since, incident_id

-- What did each incident cost, and what of it came back?
-- param from DateTime('UTC') = 2000-01-01 00:00:00 : the first instant
-- param to DateTime('UTC') = 2100-01-01 00:00:00 : the instant after the last
-- param scope String =  : whose; none: of every scope
-- param limit UInt32 [1..] = 100 : how many, the dearest first
-- column incident_id String
-- column since DateTime('UTC')
-- column series String
-- column state String
-- column loss_transactions Float64
-- column regained_transactions Float64
-- column net_loss_transactions Float64
-- column net_loss_amount Float64
SELECT
    incident_id,
    since,
    concat(i.scope, ' ', dimension, ' ', key) AS series,
    i.state AS state,
    i.loss_transactions AS loss_transactions,
    i.loss_transactions - i.net_loss_transactions AS regained_transactions,
    i.net_loss_transactions AS net_loss_transactions,
    i.net_loss_amount AS net_loss_amount
FROM incidents AS i
WHERE i.state != 'withdrawn' AND opened_at >= {from:DateTime('UTC')} AND opened_at < {to:DateTime('UTC')}
    AND ({scope:String} = '' OR i.scope = {scope:String})
ORDER BY net_loss_amount DESC, net_loss_transactions DESC, since, incident_id
LIMIT {limit:UInt32}

-- Until when is there anything?
-- param scope String =  : whose; none: of every scope
-- column newest DateTime('UTC')
SELECT max(minute) AS newest
FROM minutes AS m
WHERE ({scope:String} = '' OR m.scope = {scope:String})
    AND minute >= (SELECT max(hour) FROM hours AS h WHERE {scope:String} = '' OR h.scope = {scope:String})
HAVING count() > 0

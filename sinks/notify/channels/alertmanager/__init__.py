"""The channel alertmanager: API v2, one alert there for each notification.

Alertmanager tells alerts apart by their labels, so these never change: `alertname`, `notification` and what the
settings add. How severe it is, the team and all that is known are annotations: with the severity as a label, each rise
would be a second alert beside the first, which then stays for ever.

An alert has an `endsAt`: the end of the notification, or while it is open `expires_after` from each message, so that an
alert does not stay where nobody is left to end it. Each repeat sets it anew: `expires_after` has to be longer than the
route's `repeat`, and as long as people are on an incident, which is not repeated. Alertmanager sends nothing new when
annotations change.

Rules of the service: `api/v2/openapi.yaml` of prometheus/alertmanager.
"""

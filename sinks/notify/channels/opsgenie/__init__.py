"""The channel opsgenie: Alert API v2 of Opsgenie, and of Jira Service Management, an open alert for a notification.

The notification's id is the `alias`. Whatever calls people creates the alert; while one with that alias is open this
counts on it and changes nothing, so that message and priority are set besides. As that calls nobody, what has become
worse creates another alert and closes the one before (`keys.py`). That somebody is on it is an `acknowledge`, the end a
`close`. Opsgenie takes requests first and carries them out later.

Rules of the service: https://docs.opsgenie.com/docs/alert-api; of Jira Service Management: the same requests at
https://api.atlassian.com/jsm/ops/integration.
"""

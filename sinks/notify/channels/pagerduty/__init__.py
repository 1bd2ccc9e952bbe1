"""The channel pagerduty: Events API v2, one open alert at PagerDuty for each notification.

The notification's id is the `dedup_key`. Whatever calls people is a `trigger`, which joins the alert while that is open
there, and opens it again where somebody has resolved it too early; that somebody is on it is an `acknowledge`, the end
a `resolve`. What came and went before it was told is a `resolve` as well: it wakes nobody. PagerDuty calls nobody for
what is acknowledged there: what has become worse is told under another key, and resolves the one before (`keys.py`).

Rules of the service: https://developer.pagerduty.com/docs/send-alert-event and PagerDuty's own OpenAPI description
(PagerDuty/api-schema, `reference/events-v2`).
"""

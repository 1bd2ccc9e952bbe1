"""Alerts to an HTTP endpoint, signed, one request each, at least once.

What a receiver gets, for every alert that is sent:

- `POST` with `Content-Type: application/cloudevents+json`; the body is the CloudEvents envelope, byte for
  byte as it lies on the alerts topic. The type is `floodmark.alert.<state>`: `firing`, `updated` (only when it has
  become more severe; that it has become less so is not sent, and rising again is), `acknowledged`, `resolved`,
  `amended` or `withdrawn`.
- `Idempotency-Key: <incident_id>:<revision>`. The same key may come twice (after a crash or a lost answer); a
  receiver that has seen it answers 2xx and does nothing.
- `X-Floodmark-Signature: t=<seconds>,v1=<hex>`, if a secret is set. To verify, compute HMAC-SHA256 with the
  secret over `<t>.<body>`, compare it in constant time with every `v1` there is (two while a secret is being
  replaced), and refuse a `t` that is more than five minutes off. `sinks.http.signature.verify` does that.
- `X-Floodmark-Age: <seconds>`, when what it tells of is more than a quarter of an hour old; the summary in the body
  then begins with the age.

The alerts of one incident come in order; those of several incidents come at the same time, ten at most.

A consumer group that has committed nothing begins at the end: of what is there before, incidents that are still open
are sent, as they stand, and all that are over come as one message of the type `floodmark.summary`, whose data are
`summary`, `incidents`, `by_severity`, `since`, `until` and `incident_ids` (the first hundred). So it is after a pause
with incidents that began and ended in it more than a quarter of an hour ago. `--from-beginning` sends one by one.

Any 2xx means delivered. 408, 425, 429 and 5xx mean later: the alert is kept and sent again, not before `Retry-After`
(a minute at most). 400, 413 and 422 mean that this alert is not wanted: it goes to the dead-letter topic, if others
have got through. Everything else, a redirect too, is for somebody to mend: alerts are held for as long as it takes,
and `/healthz` says so. An alert that fails for five minutes in any of these ways while others get through is put
aside as well, so that what comes after it can be committed. `floodmark dlq replay` sends again what was put aside.
"""

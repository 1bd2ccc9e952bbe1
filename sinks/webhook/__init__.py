"""Alerts to an HTTP endpoint, signed, one request each, at least once.

What a receiver gets, for every alert that is sent:

- `POST` with `Content-Type: application/cloudevents+json`; the body is the CloudEvents envelope, byte for
  byte as it lies on the alerts topic.
- `Idempotency-Key: <incident_id>:<revision>`. The same key may come twice (after a crash or a lost answer) and
  always with the same body; a receiver that has seen it answers 2xx and does nothing.
- `X-Floodmark-Signature: t=<seconds>,v1=<hex>`, if a secret is set. To verify, compute HMAC-SHA256 with the
  secret over `<t>.<body>`, compare it in constant time with every `v1` there is (two while a secret is being
  replaced), and refuse a `t` that is more than five minutes off. `sinks.webhook.signature.verify` does that.

Any 2xx means delivered. 408, 425, 429 and 5xx mean later: the alert is kept and sent again, not before
`Retry-After` if there is one. Everything else is final: the alert goes to the dead-letter topic.
Redirects are not followed.
"""

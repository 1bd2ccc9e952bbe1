"""The channel webhook: notifications to an HTTP endpoint, signed, one request each, at least once.

What a receiver gets:

- `POST` with `Content-Type: application/cloudevents+json`; a CloudEvent 1.0 of the type
  `floodmark.notification.<kind>`: `open`, `rise`, `more`, `flapping`, `repeat`, `escalation`, `acknowledged`,
  `handed_back`, `resolved`, `passed`, `corrected`, `digest`, `unsilenced` (a silence has ended) or `silenced` (which
  are on). Its `subject` is the notification, the same for all that is said of it, and its `id` is
  `<notification>:<number>`.
- `Idempotency-Key: <notification>:<number>`. The same key may come twice; a receiver that has seen it answers 2xx and
  does nothing.
- `X-Floodmark-Signature`, if a secret is set: as `floodmark sink webhook` signs, see `sinks.http.signature.verify`.

Any 2xx means taken. 408, 425, 429 and 5xx mean later, not before `Retry-After`. 400, 413 and 422 mean that this message
is not wanted. Everything else, a redirect too, is for somebody to mend.
"""

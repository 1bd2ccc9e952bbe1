"""The channel console: messages as people read them, on the notifier's own output. For trying routes, and for logs."""

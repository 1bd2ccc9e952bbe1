"""People's side of notifications: what a routing file does, before it does it."""

"""Who may do what at the gateway, how much, and what is never sent or logged."""

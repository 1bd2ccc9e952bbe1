"""What the gateway knows: read from the topics, so that any number of gateways know the same."""

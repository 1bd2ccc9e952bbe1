"""From alerts to people: who is told of what, where, when and how often."""

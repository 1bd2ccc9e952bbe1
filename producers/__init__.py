"""Everything that publishes transactions."""

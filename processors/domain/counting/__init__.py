"""Counts of a source partition, minute by minute."""

"""Scores of any series."""

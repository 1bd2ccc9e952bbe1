"""Alerts as people read them, on a terminal or in a log."""

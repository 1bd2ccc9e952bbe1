"""Incidents: how they open, go on and end."""

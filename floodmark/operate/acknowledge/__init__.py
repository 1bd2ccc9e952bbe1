"""Acknowledging an incident: found on the alerts topic, told to the judge, confirmed on the alerts topic."""

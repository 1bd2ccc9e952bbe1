"""Alerts and minutes to files, one JSON object a line.

At least once: after a crash the same alert may be there twice, with the same (incident_id, revision); minutes
likewise with the same key and version. Readers keep one of them.
"""

"""Kills and freezes under load, then a recount: no crash changes a number."""

"""Requests over HTTP to addresses that somebody has written down: checked, bounded in time, signed, and answered."""

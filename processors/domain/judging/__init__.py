"""Judging the minutes of a scope, and of all scopes of a partition."""

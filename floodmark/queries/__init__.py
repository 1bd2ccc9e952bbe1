"""Asking the store."""

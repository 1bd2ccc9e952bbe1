"""Receipts: an alert recomputed from the minutes in the store."""

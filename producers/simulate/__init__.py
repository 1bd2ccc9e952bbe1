"""Seeded traffic with named incidents and their labels: same seed and plan, same bytes. Pure, but it writes files."""

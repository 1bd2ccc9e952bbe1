"""Seeded traffic with named incidents and their labels: same seed and plan, same bytes. Pure but for writing files."""

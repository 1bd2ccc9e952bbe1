"""What the parts promise each other: one model, one codec and one topic per kind of record."""

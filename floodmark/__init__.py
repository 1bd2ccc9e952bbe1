"""Part of Floodmark."""

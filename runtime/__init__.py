"""The ground that all processes stand on."""

"""Reports: what an analyst would say of a file, for the terminal, as a page and as JSON."""

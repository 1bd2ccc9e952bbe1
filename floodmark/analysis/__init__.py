"""What looks at data that are there: back to front, in tables and pages."""

"""Everything that reads minutes and alerts: one folder for each destination."""

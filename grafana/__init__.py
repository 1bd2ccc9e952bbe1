"""Dashboards as code: `python -m grafana.generate` writes the JSON beside it."""

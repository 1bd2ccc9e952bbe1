"""Minutes, alerts and late records to ClickHouse."""

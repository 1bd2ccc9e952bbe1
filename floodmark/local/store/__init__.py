"""The embedded store: ClickHouse's own engine behind ClickHouse's own HTTP interface, on loopback.

One process owns the engine on a data directory; everything else reaches it with any ClickHouse HTTP client.
It is the default for one machine. Where more is needed, a ClickHouse server takes its place, and only the
DSN changes.
"""

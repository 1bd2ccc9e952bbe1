"""Transactions that come by HTTP: read as the workers read them, published, and answered for."""

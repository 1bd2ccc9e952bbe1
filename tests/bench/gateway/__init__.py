"""`make bench-gateway`: how fast transactions get in by HTTP, and how soon one is answered with its verdict."""

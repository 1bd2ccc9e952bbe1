"""The HTTP gateway: what programs ask and post, and what serves the live page."""

"""One small module for each group of paths; each has `router(parts)`, which gives its routes."""

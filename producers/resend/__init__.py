"""Dead letters, mended and sent again."""

"""The frame of the HTML pages."""

"""The pages: one frame, one way of drawing, and the templates."""

"""Why nothing was said in a stretch of time: how near each rule came, and the smallest change that catches it."""

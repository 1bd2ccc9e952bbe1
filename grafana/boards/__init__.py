"""The dashboards, one module each: a title, an address, and its panels in the order in which they are read."""

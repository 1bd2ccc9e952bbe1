"""What people do to a running installation."""

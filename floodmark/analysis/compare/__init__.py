"""What another rule set would have said of the same rows."""

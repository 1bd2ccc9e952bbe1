"""`floodmark tail`: minutes and alerts as they are said, a line each."""

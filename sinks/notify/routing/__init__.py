"""The routing file: which alerts go to which team, through which channels, and how soon and how often."""

"""Tools around rule files: checking them, showing what they say, and running the test cases they carry."""

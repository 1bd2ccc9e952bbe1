"""What is being said just now: read from the topics, for people who look."""

"""What a back-test came to, for people and for programs."""

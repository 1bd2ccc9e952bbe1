"""What those on duty hand over: what is open, who is on it, what it cost, and what nearly happened."""

"""What people do about incidents: noted on the topic of commands, and told to the judge where it has to know."""

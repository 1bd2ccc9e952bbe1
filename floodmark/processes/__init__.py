"""The long-running processes, wired."""

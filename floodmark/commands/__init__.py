"""The sub-commands: thin wiring of settings, parts and exit codes."""

"""The composition root: the command, the settings, the local runtime. Nothing imports it."""

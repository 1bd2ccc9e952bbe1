"""The reference: every setting, command, exit code, and what is sent to others, made from the code itself.

Run `python -m floodmark.reference` after a change to any of them; a test fails until that was done.
"""

"""Channels: each kind of target in a folder of its own, its settings beside it.

A kind is added by a folder and one line in `kinds`; nothing else knows it.
"""

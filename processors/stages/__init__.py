"""The two stages: counting and judging, what they keep and what they say."""

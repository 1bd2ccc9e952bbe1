"""Workers on a real broker: what they publish, what they survive, what they refuse."""

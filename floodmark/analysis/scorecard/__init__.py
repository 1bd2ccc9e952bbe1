"""The scorecard: labelled sets, what the rules say of them, and what a judge from outside says of that."""

"""What can go wrong while publishing."""


class PublishError(RuntimeError):
    """Records that the broker did not take; says how many and why."""

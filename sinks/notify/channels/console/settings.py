"""What the channel console needs to know: nothing."""

from sinks.notify.channels.settings import ChannelSettings


class ConsoleSettings(ChannelSettings):
    """There is nothing to set."""

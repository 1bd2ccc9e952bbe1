"""A message as it is printed."""

from typing import Final

from rich.text import Text

from schemas.instants import to_the_second
from sinks.console.text import COLOURS, clean
from sinks.notify.channels.plain import text_of
from sinks.notify.content import Content
from sinks.notify.notification import ENDS

MAX_TEXT: Final = 4_000


def printed(content: Content) -> Text:
    """Time, severity, team and title; below, indented, what is known and of which incidents; no newline at the end."""
    style = "green" if content.kind in ENDS else COLOURS[content.severity]
    text = Text()
    text.append(f"{to_the_second(content.at)} ", style="dim")
    text.append(f"{content.severity.upper():<8}", style=style)
    text.append(f" {content.kind:<12} {clean(content.team)} ")
    text.append(clean(content.title), style="bold")
    text.append("".join(f"\n    {clean(line)}" for line in text_of(content, MAX_TEXT).split("\n") if line), style="dim")
    if content.incidents and content.page:
        names = ", ".join(clean(each.id) for each in content.incidents)
        text.append(f"\n    {content.speaker.say('incident')}: {names}", style="dim")
    text.append(f"\n    {clean(content.id)}:{content.number}", style="dim")
    return text

"""The explanation in a terminal."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from floodmark.analysis.backtest.wording import clock, instant, subject
from floodmark.analysis.explain.explanation import Explanation
from floodmark.analysis.explain.opinions import Opinions
from floodmark.analysis.explain.opinions import in_words as opinion_words
from floodmark.analysis.explain.probe import Near
from floodmark.analysis.explain.proposals import Proposal
from floodmark.analysis.explain.settings import Number
from processors.domain.window import STATUS, VOLUME, end_ms, start_ms
from schemas.instants import stretch_of_ms

SERIES: Final = 3
"""How many series of each rule are shown."""
WIDE: Final = 120
"""In a narrower terminal each series has lines of its own, not a row of a table."""


def show(explanation: Explanation, console: Console, said: tuple[Opinions, ...] = ()) -> None:
    """Print the explanation, and what people have said of its rules."""
    minutes, rules = explanation.stretch, explanation.rules
    console.print(
        Text.assemble(
            (stretch_of_ms(start_ms(minutes.first), end_ms(minutes.last)), "bold"),
            (f", rules {rules.name} {rules.version}, {explanation.base.a_day:.1f} alerts a day", "dim"),
        )
    )
    for incident in explanation.fired:
        when = f"opened at {clock(incident.opened)}, since {clock(incident.since)}"
        console.print(
            Text(f"{subject(incident)} {when} ({incident.severity}): {'; '.join(incident.because)}", "yellow")
        )
    if explanation.nearest and console.width < WIDE:
        for each_near in _shown(explanation):
            console.print(_in_lines(each_near))
    elif explanation.nearest:
        console.print(_nearest(explanation))
    near = {near.rule.name for near in explanation.nearest}
    if silent := [rule.name for rule in rules.rules if rule.name not in near]:
        console.print(Text(f"However their limits are set, nothing for: {', '.join(silent)}", style="dim"))
    names = {rule.name for rule in rules.rules}
    for opinion in (each for each in said if each.rule in names):
        console.print(Text(opinion_words(opinion), style="yellow" if opinion.not_useful > opinion.useful else "dim"))
    for each in explanation.proposals:
        console.print(_proposal(each))
    console.print(Text(in_words(explanation), style="bold"))
    if explanation.proposals and explanation.base.days < 1:
        console.print(
            Text(f"The rows are {explanation.base.days:.2f} days: give more of them for a better price.", "dim")
        )


def in_words(explanation: Explanation) -> str:
    """What is to be known, in a sentence or two."""
    if explanation.fired:
        fired = ", ".join(f"{subject(each)} at {clock(each.opened)}" for each in explanation.fired)
        return f"It was not missed: {fired}."
    if not explanation.proposals:
        return (
            "No change of one setting of a rule would have caught anything here. If something was wrong, it needs "
            "another rule: `floodmark rules show` tells which keys and dimensions the rules watch."
        )
    best = explanation.proposals[0]
    what = f"{best.near.rule.name} with {best.near.slack.setting} {_number(best.value)}"
    price = f"{best.elsewhere:+.1f} alerts a day elsewhere ({best.before:.1f} now)"
    if explanation.is_dear:
        return (
            f"Nothing short of {price} would have caught anything here: {what} is the cheapest. Better leave the rules."
        )
    return f"The cheapest change that catches it is {what}: {price}."


def _nearest(explanation: Explanation) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("series")
    table.add_column("nearest (UTC)", no_wrap=True)
    table.add_column("came to", no_wrap=True)
    table.add_column("with it, the rule would have said")
    for near in _shown(explanation):
        table.add_row(
            Text(near.rule.name, "cyan"), Text(_series(near)), instant(near.minute), _reached(near), Text(near.because)
        )
    return table


def _shown(explanation: Explanation) -> Iterator[Near]:
    shown = Counter[str]()
    for near in explanation.nearest:
        shown[near.rule.name] += 1
        if shown[near.rule.name] <= SERIES:
            yield near


def _in_lines(near: Near) -> Text:
    lines = Text.assemble(
        (near.rule.name, "cyan"), f"  {_series(near)}  nearest at {instant(near.minute)} UTC",
        f"\n    came to {_reached(near)}",
    )  # fmt: skip
    if near.because:
        lines.append("\n    with it, the rule would have said: ", "dim").append(near.because)
    return lines


def _proposal(each: Proposal) -> Text:
    first = each.caught[0]
    opened = f"{subject(first)} opens at {instant(first.opened)} UTC ({first.severity})"
    price = f"{each.before:.1f} → {each.after:.1f} alerts a day ({each.more:+} in all the rows)"
    return Text.assemble((str(each.edit), "green"), f"\n    {opened}; {price}")


def _reached(near: Near) -> str:
    reached = f"{near.slack.setting} {_number(near.value)} of {_number(near.slack.limit)}"
    return reached if near.alone else f"{reached}, and not by that alone"


def _series(near: Near) -> str:
    names = {STATUS: near.key, VOLUME: VOLUME}
    name = names.get(near.dimension, f"{near.dimension} {near.key}")
    return name if near.scope == "all" else f"{name} in {near.scope}"


def _number(value: Number) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

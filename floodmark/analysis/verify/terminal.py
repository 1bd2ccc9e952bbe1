"""A receipt in a terminal: a few lines when the alert is proved, else what differs and why."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from floodmark.analysis.verify.receipt import VerifyReceipt, instant, plain
from floodmark.queries.result_table import plain as printable
from schemas.instants import instant as told
from schemas.instants import stretch


def show(receipt: VerifyReceipt, console: Console) -> None:
    """Print the receipt."""
    alert = receipt.alert
    word = ("equal", "bold green") if receipt.is_equal else ("different", "bold red")
    what = f": {alert.severity} {alert.dimension} {alert.key} in {alert.scope} since {told(alert.since)}"
    console.print(Text.assemble(word, f"{what}, {alert.state}"))
    if not receipt.is_equal:
        console.print(_differences(receipt))
        for reason in receipt.why:
            console.print(Text(f"- {reason}"))
    for title, text in _proof(receipt):
        console.print(Text.assemble((f"{title:<10}", "bold"), text))


def _proof(receipt: VerifyReceipt) -> list[tuple[str, str]]:
    seen, rules = receipt.evidence, receipt.found.rules
    if seen.first is None or seen.last is None:
        minutes = "none"
    else:
        span = stretch(instant(seen.first), instant(seen.last))
        minutes = f"{span}, {seen.minutes:,} stored, {seen.with_data:,} with data"
    offsets = "; ".join(f"partition {name}: {low} to {high}" for name, (low, high) in sorted(seen.offsets.items()))
    revisions = ", ".join(
        f"{each.alert.revision} {each.alert.state}{'' if each.is_equal else ' (differs)'}" for each in receipt.revisions
    )
    return [
        ("rules", f"{rules.name} {rules.version} ({receipt.found.path})"),
        ("minutes", minutes),
        ("offsets", offsets or "none"),
        ("settings", ", ".join(map(str, receipt.settings))),
        ("sha256", seen.sha256),
        ("revisions", revisions),
    ]


def _differences(receipt: VerifyReceipt) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("field", "stored", "recomputed"):
        table.add_column(name, overflow="fold")
    for each in receipt.differences:
        table.add_row(each.field, Text(_value(each.stored)), Text(_value(each.recomputed)))
    return table


def _value(value: Any) -> str:
    if isinstance(value, str):
        return printable(value)
    return json.dumps(plain(value), ensure_ascii=False).strip('"')

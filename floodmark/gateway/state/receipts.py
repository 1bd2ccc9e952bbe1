"""Who was told of each incident, and what became of it: the receipts of the notifier, by incident."""

from typing import Final

from sinks.notify.receipts import DeliveryReceipt

MAX_INCIDENTS: Final = 40_000
"""Where there are more, those that were told of first are forgotten."""
MAX_RECEIPTS: Final = 200
"""Where there are more, the second is forgotten, and so on: the first says how long the page took."""


class Receipts:
    """All that are known, by incident; those of drills are of none.

    Args:
        max_incidents: Of how many incidents they are kept.
        max_receipts: How many are kept of each.
    """

    def __init__(self, max_incidents: int = MAX_INCIDENTS, max_receipts: int = MAX_RECEIPTS) -> None:
        self._of: dict[str, list[DeliveryReceipt]] = {}
        self._max_incidents, self._max_receipts = max_incidents, max_receipts

    def take(self, receipt: DeliveryReceipt) -> bool:
        """Take in what became of a message; whether that is news of an incident."""
        if receipt.drill:
            return False
        is_new = False
        for incident in receipt.incidents:
            known = self._of.setdefault(incident, [])
            if receipt not in known:
                known.append(receipt)
                is_new = True
            if len(known) > self._max_receipts:
                del known[1]
        while len(self._of) > self._max_incidents:
            del self._of[next(iter(self._of))]
        return is_new

    def of(self, incident_id: str) -> list[DeliveryReceipt]:
        """What became of the messages about an incident, in order of time."""
        return sorted(self._of.get(incident_id, ()), key=lambda each: each.at_ms)

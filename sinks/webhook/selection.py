"""Which alerts are worth waking somebody."""

from collections import OrderedDict
from typing import Final

from schemas.alert import Alert
from schemas.severity import RANK

ALWAYS: Final = frozenset({"firing", "acknowledged", "resolved", "amended", "withdrawn"})
MAX_INCIDENTS: Final = 10_000


class Selection:
    """Sends what opens, ends or corrects an incident, what makes it more severe, and that somebody is on it.

    That an incident has become less severe is not sent; when it rises again, that is.

    What an incident was last sent as is kept in memory only: after a restart its next update is sent, since it
    cannot be known whether that is news. Not so where somebody is on it and it is no worse than when they said so.

    Args:
        all_states: Send everything.
    """

    def __init__(self, *, all_states: bool = False) -> None:
        self._all = all_states
        self._sent_as: OrderedDict[str, int] = OrderedDict()

    def wants(self, alert: Alert) -> bool:
        """Whether the alert is to be sent."""
        if self._all or alert.is_over:
            return True
        if alert.inhibited_by:
            return False
        if alert.state in ALWAYS:
            return True
        known, rank = self._sent_as.get(alert.incident_id, -1), RANK[alert.severity]
        if known > rank:
            self._sent_as[alert.incident_id] = rank
        if alert.acknowledged_severity is not None:
            known = max(known, RANK[alert.acknowledged_severity])
        return rank > known

    def sent(self, alert: Alert) -> None:
        """The alert was sent. Called only then, so that what was not sent is never taken for old news."""
        self._sent_as.pop(alert.incident_id, None)
        if alert.is_over:
            return
        self._sent_as[alert.incident_id] = RANK[alert.severity]
        if len(self._sent_as) > MAX_INCIDENTS:
            self._sent_as.popitem(last=False)

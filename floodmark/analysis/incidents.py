"""The incidents of a back-test, each as it was last said."""

from collections.abc import Iterator

from processors.domain.incidents.incident import Incident
from processors.offline import OfflineJudgement


class Incidents:
    """Takes in what came of rows, batch by batch; iterates over the incidents by the minute in which they opened."""

    def __init__(self) -> None:
        self._last: dict[str, Incident] = {}

    def take(self, finding: OfflineJudgement) -> None:
        """Take in what is said next. An incident that is withdrawn is none."""
        for statement in finding.statements:
            incident = statement.stated.incident
            if statement.stated.state == "withdrawn":
                self._last.pop(incident.id, None)
            else:
                self._last[incident.id] = incident

    def __iter__(self) -> Iterator[Incident]:
        return iter(sorted(self._last.values(), key=lambda i: (i.opened, i.scope, i.dimension, i.key)))

    def __len__(self) -> int:
        return len(self._last)

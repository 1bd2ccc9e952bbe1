"""A test case, tried: its traffic is judged as the stream judges, and what opened is compared with what is expected."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from floodmark.analysis.incidents import Incidents
from floodmark.analysis.rule_files.traffic import rows_of
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet
from processors.domain.window import minute_of
from processors.offline import judge_rows
from processors.rules import Case
from processors.settings import TimeSettings
from runtime.settings import read_settings


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a case.

    Args:
        case: The case.
        incidents: Those that opened, each as it was last said, in the order of opening.
        faults: What is otherwise than expected, in words; empty: the case has passed.
    """

    case: Case
    incidents: tuple[Incident, ...]
    faults: tuple[str, ...]

    @property
    def openings(self) -> Iterator[str]:
        """Each incident in words: what opened, when, and why."""
        for incident in self.incidents:
            why = "; ".join(incident.because)
            rules = ", ".join(incident.rules)
            yield f"{incident.key} opened in {_when(self.case, incident)} ({incident.severity}, {rules}): {why}"


def try_case(case: Case, rules: RuleSet) -> Trial:
    """Judge the traffic of the case by these rules."""
    opened = Incidents()
    for finding in judge_rows(rows_of(case), rules, read_settings(TimeSettings).policy):
        opened.take(finding)
    incidents = tuple(opened)
    return Trial(case, incidents, tuple(_faults(case, incidents)))


def _faults(case: Case, incidents: tuple[Incident, ...]) -> Iterator[str]:
    wanted, opened = Counter(case.expect), Counter(incident.key for incident in incidents)
    for key in sorted(wanted | opened):
        if opened[key] != wanted[key]:
            yield f"{key} opened {_times(opened[key])}; expected: {_times(wanted[key])}"
    for incident in incidents:
        if incident.key in wanted:
            yield from _wrong(case, incident)


def _wrong(case: Case, incident: Incident) -> Iterator[str]:
    """What is wrong with an incident that was expected."""
    after = _minute(case, incident)
    if after < 1:
        yield f"{incident.key} opened in {_when(case, incident)}, before anything changed"
    elif case.within is not None and after > case.within:
        yield f"{incident.key} opened in {_when(case, incident)}; it was to open within {case.within}"
    if case.severity is not None and incident.worst != case.severity:
        yield f"{incident.key} came to {incident.worst}, not to {case.severity}"


def _minute(case: Case, incident: Incident) -> int:
    """The minute in which it opened: 1 is the first after the quiet stretch."""
    return incident.opened - minute_of(int(case.start.timestamp() * 1000)) - case.quiet + 1


def _when(case: Case, incident: Incident) -> str:
    after = _minute(case, incident)
    return f"minute {after}" if after > 0 else f"minute {after + case.quiet} of the quiet stretch"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")

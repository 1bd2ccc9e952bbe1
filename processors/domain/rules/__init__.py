"""The rules: each one small class that looks at one series in one minute and says what it finds."""

from processors.domain.rules.base import Finding, Rule, Series, Severity, worst
from processors.domain.rules.count import CountThreshold
from processors.domain.rules.share import ShareThreshold
from processors.domain.rules.zscore import ZScore

METHODS: dict[str, type[Rule]] = {rule.method: rule for rule in (ZScore, ShareThreshold, CountThreshold)}
"""Method name in a rule file to the class that does it."""

__all__ = [
    "METHODS",
    "CountThreshold",
    "Finding",
    "Rule",
    "Series",
    "Severity",
    "ShareThreshold",
    "ZScore",
    "worst",
]

"""The rules: each one small class that looks at one series in one minute and says what it finds."""

from processors.domain.rules.base import Finding, Member, Rule, Series, worst
from processors.domain.rules.comparison import Comparison
from processors.domain.rules.count import CountThreshold
from processors.domain.rules.drift import Drift
from processors.domain.rules.ewma import Ewma
from processors.domain.rules.forest import ForestRule, IsolationForest
from processors.domain.rules.hybrid import Hybrid
from processors.domain.rules.repeated import Repeated
from processors.domain.rules.robust import RobustZ
from processors.domain.rules.share import ShareThreshold
from processors.domain.rules.silence import KeySilence
from processors.domain.rules.tail import ShareTail
from processors.domain.rules.volume import VolumeDrop
from processors.domain.rules.zscore import ZScore

METHODS: dict[str, type[Rule]] = {
    rule.method: rule
    for rule in (
        ZScore,
        RobustZ,
        Ewma,
        ShareThreshold,
        CountThreshold,
        ShareTail,
        KeySilence,
        VolumeDrop,
        Repeated,
        Drift,
        Comparison,
        IsolationForest,
        Hybrid,
    )
}
"""Method name in a rule file to the class that does it."""

__all__ = [
    "METHODS",
    "Comparison",
    "CountThreshold",
    "Drift",
    "Ewma",
    "Finding",
    "ForestRule",
    "Hybrid",
    "IsolationForest",
    "KeySilence",
    "Member",
    "Repeated",
    "RobustZ",
    "Rule",
    "Series",
    "ShareTail",
    "ShareThreshold",
    "VolumeDrop",
    "ZScore",
    "worst",
]

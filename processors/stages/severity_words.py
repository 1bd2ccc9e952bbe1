"""How severe an incident is and why, as numbers and in one sentence."""

from typing import Final

from processors.domain.incidents.incident import Incident
from processors.domain.severity import severity_of
from schemas.durations import minutes_long
from schemas.severity import RANK

_WORTH_SAYING: Final = 0.005
"""A share that is 0 % when it is rounded says nothing."""


def damage(incident: Incident) -> dict[str, float]:
    """What the severity follows from, by name; of what is over, when it was worst. Empty where nothing is reckoned.

    `share`, `growth`, `transactions`, `minutes` and `amount` as in domain.severity.Damage, and `least`: the score that
    the rules which found it give by themselves.
    """
    reckoning = incident.reckoning
    if not reckoning.recent:
        return {}
    terms = reckoning.worst if incident.resolved else reckoning.damage
    found = {
        "share": round(terms.share, 4),
        "growth": round(terms.growth, 4),
        "transactions": round(terms.transactions, 1),
        "minutes": float(terms.minutes),
        "least": round(reckoning.least, 1),
    }
    return found | ({"amount": float(round(terms.amount))} if terms.amount else {})


def why(incident: Incident) -> str:
    """Why it is as severe as it is now; nothing of what is over, or where nothing is reckoned."""
    reckoning = incident.reckoning
    if incident.resolved or not reckoning.recent:
        return ""
    word = incident.severity
    if RANK[severity_of(reckoning.recent[-1].score)] < RANK[word]:
        word_and_why = f"still {word}"
    elif reckoning.is_by_rule:
        word_and_why = f"{word}, as its rule says"
    else:
        word_and_why = word
    return f"{word_and_why}: {', '.join(_damaged(incident))}"


def _damaged(incident: Incident) -> list[str]:
    terms = incident.reckoning.damage
    lost = round(terms.transactions)
    if not lost:
        return ["nothing is lost so far"]
    words = [f"{terms.share:.0%} is lost now"] if terms.share >= _WORTH_SAYING else []
    words.append(f"{lost:,} transaction{'s' * (lost != 1)} in {minutes_long(terms.minutes)}")
    return [*words, "growing"] if terms.growth else words

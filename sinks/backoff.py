"""How long to wait before the next try."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with full jitter, which never comes sooner than the target asked for.

    Args:
        base_s: The longest wait after the first failure.
        cap_s: The longest wait ever, unless the target asks for more.
        ask_cap_s: The longest wait a target may ask for; what it asks beyond that is cut.
        rng: The dice; seed it in tests.
    """

    base_s: float = 0.5
    cap_s: float = 10.0
    ask_cap_s: float = 300.0
    rng: random.Random = field(default_factory=random.SystemRandom)

    def delay_s(self, attempt: int, retry_after_s: float | None = None) -> float:
        """Seconds to wait after the failure number `attempt` (1, 2, …) of one batch.

        Without a wish of the target: anywhere in [0.05, min(cap, base · 2^(attempt − 1))]. With one:
        that many seconds and up to a tenth more, so that many waiting senders do not come back at once.
        """
        if retry_after_s is not None:
            asked = min(max(retry_after_s, 0.0), self.ask_cap_s)
            return max(0.05, asked * self.rng.uniform(1.0, 1.1))
        # 2**30 is beyond any cap; a larger exponent would only overflow after days of failures.
        longest = min(self.cap_s, self.base_s * 2 ** min(attempt - 1, 30))
        return self.rng.uniform(min(0.05, longest), longest)

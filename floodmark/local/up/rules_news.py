"""Says when the rule file changes under a running pipeline. The workers see it for themselves, in the same way."""

import time
from collections.abc import Callable
from typing import Final

from processors.rules import RuleError
from processors.rules.watch import RuleWatch

EVERY_S: Final = 1.0


class RulesNews:
    """Tells people of each change of the rule file once.

    Args:
        watch: Looks at the file.
        say: Told what people should read.
        every_s: How often to look, in seconds.
    """

    def __init__(self, watch: RuleWatch, say: Callable[[str], None], every_s: float = EVERY_S) -> None:
        self._watch = watch
        self._say = say
        self._every_s = every_s
        self._looked_at = time.monotonic()

    def tick(self) -> None:
        """Look, if it is time to; called several times a second."""
        now = time.monotonic()
        if now - self._looked_at < self._every_s:
            return
        self._looked_at = now
        before = self._watch.rules
        news = self._watch.look()
        if isinstance(news, RuleError):
            self._say(f"The rule file cannot be used; the workers go on by {before.name} {before.version}. {news}")
        elif news is not None and news.version != before.version:
            self._say(
                f"The rule file has changed: the workers judge by {news.name} {news.version} from now on, "
                f"no longer by {before.name} {before.version}."
            )
        elif news is not None:
            self._say(f"The rule file has changed; its rules are those of before, {news.version}.")

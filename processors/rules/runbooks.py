"""Where the pages are read that say what a rule means and what to do: one for each, in `docs/runbooks`."""

import re
from typing import Final

from processors.settings import RuleSettings
from runtime.settings import read_settings

STREAM: Final = "stream"
"""The page about a stream that cannot be trusted; no rule says that."""
PAGES: Final = frozenset(
    {
        "code-rise",
        "comparison",
        "failed-count",
        "hybrid",
        "share-backend-reversed",
        "share-denied",
        "share-failed",
        "share-reversed",
        "share-rise",
        "silence",
        STREAM,
        "volume-drop",
        "z-score",
    }
)
"""The pages that come with Floodmark."""
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def reference(runbook: str) -> str:
    """Where to read on: what a rule's `runbook` stands for.

    The name of a page (`share-rise`) becomes a link under the address in `FLOODMARK_RUNBOOKS`: the page's name and
    `.md` are put behind it, or the name takes the place of `{page}` in it. Where no address is set there is nothing to
    link to, so a page of ours becomes the command that prints it, `floodmark runbook share-rise`. Anything else, a link
    as a rule, is left as it is.
    """
    if not _NAME.fullmatch(runbook):
        return runbook
    base = read_settings(RuleSettings).runbooks.strip()
    if base:
        return base.replace("{page}", runbook) if "{page}" in base else f"{base.rstrip('/')}/{runbook}.md"
    return f"floodmark runbook {runbook}" if runbook in PAGES else runbook

"""Links to the pages that say what a rule means and what to do: one for each, in `docs/runbooks`."""

import os
import re
from typing import Final

VARIABLE: Final = "FLOODMARK_RUNBOOKS"
"""The environment variable that says where the pages are read."""
BASE: Final = "https://github.com/floodmark/floodmark/blob/main/docs/runbooks/"
STREAM: Final = "stream"
"""The page about a stream that cannot be trusted; no rule says that."""
_PAGE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def link(runbook: str) -> str:
    """The link that a rule's `runbook` stands for.

    The name of a page (`share-rise`) is looked up under the address in `FLOODMARK_RUNBOOKS`, or ours: the page's name
    and `.md` are put behind it, or the name takes the place of `{page}` in it. Anything else is a link already.
    """
    if not _PAGE.fullmatch(runbook):
        return runbook
    base = os.environ.get(VARIABLE, "").strip() or BASE
    return base.replace("{page}", runbook) if "{page}" in base else f"{base.rstrip('/')}/{runbook}.md"

"""The rights that each kind of process needs on a cluster with access rules."""

from collections.abc import Iterator

from floodmark.reference.cells import cell
from schemas.rights import WHO, Role, rights
from schemas.topics import Topics


def needed_rights() -> Iterator[str]:
    """A table, one row for each right, without a topic prefix."""
    yield "On a cluster with access rules, one login for each kind of process is given these and no others; the names"
    yield "are those without FLOODMARK_TOPIC_PREFIX. Read and Write hold Describe. Topics are made by somebody else"
    yield "(`floodmark topics create`), or by the worker, which then needs Create on them, and Alter to add partitions."
    yield "A name that ends with * stands for all that begin so (`--resource-pattern-type prefixed`)."
    yield "`floodmark topics list --rights` says the same with the prefix that is set."
    yield ""
    yield "| process | operation | on | only for |"
    yield "| --- | --- | --- | --- |"
    for role in Role:
        for right in rights(Topics(), role):
            on = f"{right.resource.value} `{right.on}`"
            yield f"| {role.value} | {right.operation.value} | {on} | {cell(right.only_for)} |"
    yield ""
    yield "What each is:"
    yield ""
    yield from (f"- {role.value}: {what}" for role, what in WHO.items())

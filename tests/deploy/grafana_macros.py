"""What Grafana and its ClickHouse plugin (4.20, `pkg/macros/macros.go`) make of a query before ClickHouse sees it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """What somebody looks at.

    Args:
        from_s: Start of the time range, epoch seconds.
        to_s: Its end, inclusive.
        interval_s: Seconds of one interval of the panel.
        variables: Name to chosen value.
    """

    from_s: int
    to_s: int
    interval_s: int
    variables: dict[str, str]

    def expand(self, sql: str) -> str:
        """The SQL as ClickHouse gets it.

        Raises:
            ValueError: when a macro or a variable is left that nobody knows.
        """
        first, last = f"toDateTime({self.from_s})", f"toDateTime({self.to_s})"
        sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {first} AND \1 <= {last}", sql)
        bucket = rf"toStartOfInterval(toDateTime(\1), INTERVAL {self.interval_s} second)"
        sql = re.sub(r"\$__timeInterval\((\w+)\)", bucket, sql)
        sql = re.sub(r"\$__fromTime\b", first, sql)
        sql = re.sub(r"\$__toTime\b", last, sql)
        sql = re.sub(r"\$__interval_s\b", str(self.interval_s), sql)
        for name, value in self.variables.items():
            quoted = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
            sql = sql.replace(f"${{{name}:singlequote}}", quoted)
        left = re.search(r"\$\w+|\$\{[^}]*\}", sql)
        if left:
            raise ValueError(f"{left.group()} is left in: {sql}")
        return sql

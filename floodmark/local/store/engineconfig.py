"""The engine's own configuration: what it may touch, how sure its writes are, how much memory it takes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from floodmark.local.store.allowed import OWNER_SETTINGS

TABLE_ENGINES: Final = (
    *(f"{kind}MergeTree" for kind in ("", "Replacing", "Summing", "Aggregating", "Collapsing", "VersionedCollapsing")),
    *("Memory", "Null", "Buffer", "Join", "Set", "Merge", "View", "MaterializedView", "Log", "TinyLog", "StripeLog"),
)
"""Engines that keep their rows inside the store; File, URL, S3, Kafka and the like are not granted to anyone."""

DATABASE_ENGINES: Final = ("Atomic", "Memory")
"""Engines of databases; the others are windows to files and other servers."""

SYSTEM_TABLES: Final = frozenset(
    {
        *("collations", "columns", "contributors", "data_skipping_indices", "data_type_families", "databases"),
        *("formats", "functions", "keywords", "licenses", "numbers", "numbers_mt", "one", "parts", "parts_columns"),
        *("settings", "table_engines", "table_functions", "tables", "time_zones", "zeros", "zeros_mt"),
    }
)
"""Tables of the database `system` that tell of data and of the language, and not of machine, users and queries."""
WITH_PATHS: Final = frozenset({"databases", "parts", "parts_columns", "tables"})
PATHS: Final = frozenset({"data_path", "data_paths", "metadata_path", "path"})
"""Columns of these tables that tell where on the machine the store is. No right keeps them from anybody: the engine
asks for none here."""
OWNER_SYSTEM_TABLES: Final = SYSTEM_TABLES | {
    "disks",
    "errors",
    "events",
    "merges",
    "metrics",
    "mutations",
    "processes",
}

DEFINES: Final = "TABLE", "VIEW", "DATABASE"
"""What may be made and dropped. A dictionary is not here: its source may be a command, which the engine then runs."""

RIGHTS: Final = (
    "GRANT SHOW, SELECT, INSERT, ALTER, TRUNCATE, OPTIMIZE, KILL QUERY ON *.*",
    "GRANT " + ", ".join(f"{verb} {kind}" for kind in DEFINES for verb in ("CREATE", "DROP")) + " ON *.*",
    "REVOKE SOURCES ON *.*",
    "GRANT " + ", ".join(f"TABLE ENGINE ON {name}" for name in TABLE_ENGINES),
    "REVOKE SELECT ON system.*",
    *(f"GRANT SELECT ON system.{name}" for name in sorted(OWNER_SYSTEM_TABLES)),
)
"""The rights of every query. Without SOURCES no table function reaches files, URLs, buckets or other servers."""

KEEP_FREE: Final = 256 << 20
"""Bytes that are left free on the disk of the store; writes that would need them are refused (243)."""

SERVER: Final = {
    "max_server_memory_usage_to_ram_ratio": "0.5",
    "mark_cache_size": str(64 << 20),
    "uncompressed_cache_size": str(64 << 20),
    "background_pool_size": "2",
    "merge_tree/fsync_after_insert": "1",
    "merge_tree/fsync_part_directory": "1",
    "merge_tree/min_rows_to_fsync_after_merge": "1",
    "storage_configuration/disks/default/keep_free_space_bytes": str(KEEP_FREE),
}
"""Merges are synced too: the parts that they replace are removed minutes later. The free space is a safeguard: this
engine takes no notice of a write that fails on a full disk (only of a sync that fails), so it must not come to that."""

PROFILE: Final = {
    "implicit_select": "0",
    "allow_introspection_functions": "0",
    "async_insert": "0",
    "max_parser_backtracks": "50000",
}
"""As a server has them; the library's own defaults differ. The last bounds the time that one text can cost before it
runs: 0.2 s instead of 4 s for 256 kB made for it."""

SET_BY_THE_LIBRARY: Final = frozenset({"database"})
"""Settings that the library itself sets at every new connection."""


def write_config(folder: Path, settings: Iterable[str]) -> Path:
    """Write the configuration into an existing folder; the engine reads it once, when it is opened.

    Args:
        folder: Where to.
        settings: The names of all settings that this engine has. Those that nobody may use cannot be changed in it,
            whether by SET, by a SETTINGS clause in a view or a sub-query, or by what is hidden in a string.

    Returns:
        The main file.
    """
    fixed = sorted(set(settings) - OWNER_SETTINGS - SET_BY_THE_LIBRARY)
    users = folder / "users.xml"
    users.write_bytes(
        _xml(
            {
                **{f"profiles/default/{name}": value for name, value in PROFILE.items()},
                **{f"profiles/default/constraints/{name}/const": "" for name in fixed},
                "quotas/default": "",
                "users/default/password": "",
                "users/default/networks/ip": "::/0",
                "users/default/profile": "default",
                "users/default/quota": "default",
            },
            rights=RIGHTS,
        )
    )
    main = folder / "config.xml"
    main.write_bytes(_xml({"users_config": str(users), **SERVER}))
    return main


def _xml(values: dict[str, str], *, rights: tuple[str, ...] = ()) -> bytes:
    root = ElementTree.Element("clickhouse")
    for path, value in values.items():
        node = root
        for part in path.split("/"):
            found = node.find(part)
            node = ElementTree.SubElement(node, part) if found is None else found
        node.text = value
    if rights:
        user = root.find("users/default")
        grants = ElementTree.SubElement(root if user is None else user, "grants")
        for right in rights:
            ElementTree.SubElement(grants, "query").text = right
    return bytes(ElementTree.tostring(root))

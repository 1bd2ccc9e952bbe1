"""What a query may name: settings of the engine and formats of results. What is not here, nobody may use.

Settings are an input surface: some name files that the engine writes (`output_format_schema`), schemas and servers
that it reads, or checks that it leaves out. So the names are listed one by one, and a setting that a later engine
brings is refused until somebody has looked at it. `engineconfig` tells the same list to the engine.
"""

from typing import Final

READER_SETTINGS: Final = frozenset(
    {
        "date_time_output_format",
        "extremes",
        "final",
        "format_csv_delimiter",
        "format_csv_null_representation",
        "format_tsv_null_representation",
        "join_use_nulls",
        "max_block_size",
        "max_result_rows",
        "max_rows_to_read",
        "output_format_arrow_compression_method",
        "output_format_arrow_low_cardinality_as_dictionary",
        "output_format_arrow_string_as_string",
        "output_format_csv_crlf_end_of_line",
        "output_format_decimal_trailing_zeros",
        "output_format_float_precision",
        "output_format_json_array_of_rows",
        "output_format_json_escape_forward_slashes",
        "output_format_json_named_tuples_as_objects",
        "output_format_json_quote_64bit_floats",
        "output_format_json_quote_64bit_integers",
        "output_format_json_quote_decimals",
        "output_format_json_quote_denormals",
        "output_format_json_validate_utf8",
        "output_format_native_encode_types_in_binary_format",
        "output_format_native_use_flattened_dynamic_and_json_serialization",
        "output_format_native_write_json_as_string",
        "output_format_parquet_compression_method",
        "output_format_parquet_string_as_string",
        "output_format_pretty_color",
        "output_format_pretty_grid_charset",
        "output_format_pretty_max_rows",
        "output_format_pretty_max_value_width",
        "output_format_pretty_row_numbers",
        "output_format_tsv_crlf_end_of_line",
        "output_format_write_statistics",
        "result_overflow_mode",
        "session_timezone",
    }
)
"""How a result looks, and less of it. The limits of `floodmark.local.store.limits` come beside them."""

LIMITS: Final = frozenset({"max_execution_time", "max_memory_usage", "max_result_bytes", "max_threads", "readonly"})
"""Bounds of a query; a reader may only tighten them."""

OWNER_SETTINGS: Final = (
    READER_SETTINGS
    | LIMITS
    | {
        "async_insert",
        "date_time_input_format",
        "function_sleep_max_microseconds_per_block",
        "input_format_allow_errors_num",
        "input_format_allow_errors_ratio",
        "input_format_csv_empty_as_default",
        "input_format_csv_skip_first_lines",
        "input_format_csv_trim_whitespaces",
        "input_format_defaults_for_omitted_fields",
        "input_format_import_nested_json",
        "input_format_null_as_default",
        "input_format_parallel_parsing",
        "input_format_skip_unknown_fields",
        "input_format_tsv_empty_as_default",
        "input_format_tsv_skip_first_lines",
        "input_format_with_names_use_header",
        "input_format_with_types_use_header",
        "insert_deduplicate",
        "insert_deduplication_token",
        "log_comment",
        "max_insert_threads",
        "max_partitions_per_insert_block",
        "min_insert_block_size_bytes",
        "min_insert_block_size_rows",
        "mutations_sync",
        "optimize_on_insert",
        "wait_for_async_insert",
    }
)
"""What the user that writes may set."""

TABLE_SETTINGS: Final = frozenset(
    {
        "allow_nullable_key",
        "index_granularity",
        "index_granularity_bytes",
        "merge_with_ttl_timeout",
        "min_bytes_for_wide_part",
        "min_rows_for_wide_part",
        "non_replicated_deduplication_window",
        "old_parts_lifetime",
        "parts_to_delay_insert",
        "parts_to_throw_insert",
        "ttl_only_drop_parts",
    }
)
"""What a definition of a table may set. `disk` is not here: it makes folders, and tables, outside the store."""

_TEXT: Final = {
    *("csv", "json", "markdown", "md", "null", "prettycompact", "prettycompactmonoblock", "prettycompactnoescapes"),
    *("pretty", "prettymonoblock", "prettynoescapes", "prettyspace", "prettyjsoneachrow", "prettyndjson", "sqlinsert"),
    *("jsonstrings", "jsoncolumns", "jsoncolumnswithmetadata", "jsoncompact", "jsoncompactstrings", "jsonl"),
    *("jsoncompactcolumns", "jsoneachrow", "jsonlines", "jsonobjecteachrow", "jsonstringseachrow", "ndjson"),
    *("jsoncompacteachrow", "jsoncompactstringseachrow", "lineasstring", "raw", "rawblob", "tabseparated"),
    *("tabseparatedraw", "tskv", "tsv", "tsvraw", "values", "vertical", "xml"),
}
_BINARY: Final = {"arrow", "arrowstream", "avro", "bsoneachrow", "msgpack", "native", "orc", "parquet", "rowbinary"}
_WITH_HEADER: Final = {
    *("csv", "jsoncompacteachrow", "jsoncompactstringseachrow", "lineasstring", "raw", "rowbinary", "tabseparated"),
    *("tabseparatedraw", "tsv", "tsvraw"),
}
FORMATS: Final = frozenset(
    _TEXT
    | _BINARY
    | {f"{name}withnames" for name in _WITH_HEADER}
    | {f"{name}withnamesandtypes" for name in _WITH_HEADER}
)
"""Formats of results and of inserted data, in lower case. Those that need a schema, a template or a registry from
elsewhere (Protobuf, CapnProto, Template, AvroConfluent …) are not served."""

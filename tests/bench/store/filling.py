"""A store with days of minutes, made inside it: what the sink would have written, without the way there."""

from typing import Any, Final

from sinks.clickhouse.roll_up import TouchedHours, statement

START_S: Final = 1_760_572_800
"""2025-10-16, a Thursday, UTC."""
STATUSES: Final = ("approved", "denied", "failed", "reversed", "backend_reversed")
CODES: Final = ("00", "51", "59", "05", "91")
DAY_S: Final = 86_400
AT_ONCE: Final = 6
"""Days in one statement."""


def scopes(series: int) -> list[str]:
    """The scopes among which the series lie: each has five statuses and five auth codes. The first is `all`."""
    return ["all", *(f"shop-{number:02}" for number in range(1, series // 10))]


def fill(client: Any, days: int, series: int) -> int:
    """Minutes, the hours that they come to, and incidents: 48 a day, of five statements each; returns how many minutes.

    Transactions are more by day than by night; one minute of 500 is odd, one of 100 was revised.
    """
    for first in range(0, days, AT_ONCE):
        _minutes(client, first, min(AT_ONCE, days - first), series)
    for first in range(0, days, AT_ONCE):
        hours = range(START_S + first * DAY_S, START_S + min(first + AT_ONCE, days) * DAY_S, 3600)
        client.command(statement("floodmark"), parameters=TouchedHours(tuple(hours), tuple(scopes(series))).parameters)
    _incidents(client, days, scopes(series))
    return days * 1440 * series


def settle(client: Any) -> None:
    """Wait until nothing is merged any more, a minute at most."""
    client.command(
        "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS function_sleep_max_microseconds_per_block = 4000000"
    )
    for _ in range(20):
        if not client.query("SELECT count() FROM system.merges").first_row[0]:
            return
        client.command(
            "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS function_sleep_max_microseconds_per_block = 4000000"
        )


def _minutes(client: Any, first: int, days: int, series: int) -> None:
    minutes = 1440 * days
    client.command(
        f"""INSERT INTO floodmark.minute_versions (minute, scope, dimension, key, count, total, share, expected, low, high,
            mean, std, z, score, verdict, revision, amount, terms, rules, rule_set, offsets, version, known_at)
        WITH cityHash64(number, {first}) AS noise
        SELECT toDateTime({START_S + DAY_S * first} + 60 * (number % {minutes}), 'UTC') AS minute,
            {scopes(series)}[1 + intDiv(intDiv(number, {minutes}), 10)] AS scope,
            if(intDiv(number, {minutes}) % 10 < 5, 'status', 'auth_code') AS dimension,
            {[*STATUSES, *CODES]}[1 + intDiv(number, {minutes}) % 10] AS key,
            toInt64(if(key IN ('approved', '00'), 20, 1) * (30 + 20 * sin(toHour(minute) / 4)) + noise % 20) AS count,
            1500, count / 1500, count + noise % 7 - 3., count * 0.8, count * 1.2, count + noise % 7 - 3., 10,
            (noise % 60) / 10 - 3., if(noise % 500 = 0, 60, (noise % 400) / 10) AS score,
            if(score > 50, 'warning', 'normal'), if(noise % 100 = 7, 2, 1) AS revision, count * 5000,
            map('zscore', score), if(score > 50, ['zscore'], []), 'classic-1', map('0', number, '1', number),
            {START_S * 1_000_000 + first * DAY_S * 1_000_000} + number, toDateTime64(minute, 3, 'UTC') + 65
        FROM numbers({minutes * series})"""
    )


def _incidents(client: Any, days: int, named: list[str]) -> None:
    client.command(
        f"""INSERT INTO floodmark.alert_versions (incident_id, state, severity, scope, dimension, key, since, last_seen,
            timestamp, observed, expected, rules, score, revision, version, rank, summary, attribution, runbook,
            estimated_loss, known_at)
        SELECT toString(intDiv(number, 5)), if(number % 5 = 4, 'resolved', 'updated'),
            if(intDiv(number, 5) % 7 = 0, 'critical', 'warning'), {named}[1 + intDiv(number, 5) % {len(named)}], 'status',
            'denied', toDateTime({START_S} + 1800 * intDiv(number, 5), 'UTC') AS since, since + 60 * (number % 5 + 3),
            since + 60 * (number % 5 + 3) AS timestamp, 30, 11.5, ['share_rise'], 60, number % 5 + 1, number + 1,
            (toUInt128(number + 1) * 4294967296) + number % 5 + 1, 'denied 30, expected 11.5', '["visa"]', 'runbook',
            map('transactions', 18.5 * (number % 5 + 1), 'amount', 92500. * (number % 5 + 1)),
            toDateTime64(timestamp, 3, 'UTC') + 65
        FROM numbers({days * 48 * 5})"""
    )

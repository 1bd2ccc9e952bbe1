-- Sums of amounts need more than 64 bits: 9 300 000 transactions of the largest amount in one minute are past 2^63.
ALTER TABLE {database}.minute_versions MODIFY COLUMN amount Int128;

CREATE OR REPLACE VIEW {database}.minutes AS
SELECT
    minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, verdict, revision,
    amount, terms, rules, rule_set, offsets, version
FROM {database}.minute_versions FINAL;

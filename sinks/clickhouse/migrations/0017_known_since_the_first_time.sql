-- A statement that was sent twice is one, known since the first time, also before the engine has put both together.
CREATE OR REPLACE VIEW {database}.minutes_as_of AS
SELECT
    minute, scope, dimension, key,
    argMax(r.count, r.version) AS count,
    argMax(r.total, r.version) AS total,
    argMax(tuple(r.share), r.version).1 AS share,
    argMax(tuple(r.expected), r.version).1 AS expected,
    argMax(tuple(r.low), r.version).1 AS low,
    argMax(tuple(r.high), r.version).1 AS high,
    argMax(tuple(r.mean), r.version).1 AS mean,
    argMax(tuple(r.std), r.version).1 AS std,
    argMax(tuple(r.z), r.version).1 AS z,
    argMax(r.score, r.version) AS score,
    argMax(r.verdict, r.version) AS verdict,
    argMax(r.revision, r.version) AS revision,
    argMax(r.amount, r.version) AS amount,
    argMax(r.rules, r.version) AS rules,
    argMax(r.rule_set, r.version) AS rule_set,
    max(r.version) AS version,
    argMax(r.known_at, (r.version, r.earliest)) AS known_at
FROM {database}.minute_revisions AS r
WHERE r.known_at <= {known:DateTime64(3, 'UTC')}
GROUP BY minute, scope, dimension, key;

-- Who may read a view need not be allowed to read the tables below it; one that is made anew has to be told again.
ALTER TABLE {database}.minutes_as_of MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

SELECT key, reinterpretAsInt64(reverse(substring(MD5(line), 1, 8))) AS hash
FROM
(
    SELECT /* key */ AS key, /* line */ AS line
    FROM /* table */ FINAL
    WHERE _deleted = 0 AND /* first */ >= {first_a:UInt128} AND /* first */ <= {last_a:UInt128}
      AND /* range */
)
ORDER BY key
LIMIT {limit:UInt64}

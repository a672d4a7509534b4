SELECT toUInt64(count()) AS n, toString(sum(toInt128(reinterpretAsInt64(reverse(substring(MD5(line), 1, 8)))))) AS sum
FROM
(
    SELECT /* line */ AS line
    FROM /* table */ FINAL
    WHERE _deleted = 0 AND /* first */ >= {first_a:UInt128} AND /* first */ <= {last_a:UInt128}
      AND /* range */
)

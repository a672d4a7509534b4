select toUInt64(count()) as n, toString(sum(toInt128(reinterpretAsInt64(reverse(substring(MD5(line), 1, 8)))))) as sum
from
(
    select /* line */ as line
    from /* table */ final
    where _deleted = 0 and /* first */ >= {first_a:UInt128} and /* first */ <= {last_a:UInt128}
      and /* range */
)

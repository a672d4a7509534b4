select key, reinterpretAsInt64(reverse(substring(MD5(line), 1, 8))) as hash
from
(
    select /* key */ as key, /* line */ as line
    from /* table */ final
    where _deleted = 0 and /* first */ >= {first_a:UInt128} and /* first */ <= {last_a:UInt128}
      and /* range */
)
order by key
limit {limit:UInt64}

-- A page of a table in the order of its key: how many rows, the sum of their hashes, and the last key.
select count(*) as n, coalesce(sum(('x' || left(md5(line), 16))::bit(64)::bigint), 0)::text as sum, max(key collate "C") as last
from (
    select /* key */ as key, /* line */ as line
    from /* table */
    where /* after */
    order by /* columns */
    limit $1
) page

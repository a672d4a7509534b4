-- The rows of a page, each with its hash.
select key, ('x' || left(md5(line), 16))::bit(64)::bigint as hash
from (
    select /* key */ as key, /* line */ as line
    from /* table */
    where /* after */
    order by /* columns */
    limit $1
) page
order by key collate "C"

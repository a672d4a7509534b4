-- Interactions of a range that stand neither under their author nor among those that wait for one. What is about to
-- expire is left alone.
with said as
(
    select user_id, toInt8(4) as kind, event_id as id, post_id, author_id, toDate32(event_time) as day, event_time as at,
           toUInt8(1) as counts, toUInt128(1) as version
    from events
    where action in ('view', 'click', 'share') and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16} and k_offset >= {first:UInt64} and k_offset <= {last:UInt64}
    union all
    select user_id, toInt8(2) as kind, post_id as id, post_id, author_id, toDate32(moment) as day, moment as at,
           toUInt8(action = 'like') as counts,
           bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) as version
    from (select *, least(event_time, received_at) as moment from events where action in ('like', 'unlike') and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16} and k_offset >= {first:UInt64} and k_offset <= {last:UInt64})
),
truth as
(
    select user_id, kind, id, argMax((post_id, author_id, day, at, counts), said.version) as held, max(said.version) as version
    from said
    where at >= now() - interval 90 day
    group by user_id, kind, id
),
stands as
(
    select user_id, kind, id, max(version) as version
    from
    (
        select user_id, cast(kind, 'Int8') as kind, id, version from user_author_90d
        where (user_id, kind, id) in (select user_id, kind, id from truth)
        union all
        select user_id, cast(kind, 'Int8') as kind, id, version from authors_awaited
        where user_id in (select user_id from truth)
    )
    group by user_id, kind, id
)
select truth.user_id as user_id, truth.kind as kind, truth.id as id, tupleElement(held, 1) as post_id, tupleElement(held, 2) as author_id,
       tupleElement(held, 3) as day, tupleElement(held, 4) as at, tupleElement(held, 5) as counts, truth.version as version
from truth
left join stands on stands.user_id = truth.user_id and stands.kind = truth.kind and stands.id = truth.id
where stands.version < truth.version

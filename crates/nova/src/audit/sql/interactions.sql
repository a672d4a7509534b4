-- Interactions that stand neither under their author nor among those that wait for one: of events, of the likes that
-- events and rows say, and of comments. What is about to expire is left alone.
with said as
(
    select user_id, toInt8(4) as kind, event_id as id, post_id, author_id, toDate32(event_time) as day, event_time as at,
           toUInt8(1) as counts, toUInt128(1) as version
    from events
    where action in ('view', 'click', 'share') and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    union all
    select user_id, toInt8(2) as kind, post_id as id, post_id, author_id, toDate32(moment) as day, moment as at,
           toUInt8(action = 'like') as counts,
           bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) as version
    from (select *, least(event_time, received_at) as moment from events where action in ('like', 'unlike'))
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    union all
    select user_id, toInt8(1) as kind, post_id as id, post_id, post_author_id as author_id,
           toDate32(if(_deleted, committed_at, created_at)) as day, committed_at as at, toUInt8(not _deleted) as counts, _rank as version
    from likes_cdc final
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    union all
    select comments_cdc.author_id as user_id, toInt8(3) as kind, id, post_id, post_author_id as author_id,
           toDate32(created_at) as day, committed_at as at, toUInt8(not gone) as counts, _rank as version
    from comments_cdc final
    where post_id != 0 and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
),
truth as
(
    select user_id, kind, id, argMax((post_id, author_id, day, at, counts), said.version) as held, max(said.version) as version
    from said
    where at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    group by user_id, kind, id
),
stands as
(
    select user_id, kind, id, max(version) as version
    from
    (
        select user_id, cast(kind, 'Int8') as kind, id, version from user_author_90d
        where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
        union all
        select user_id, cast(kind, 'Int8') as kind, id, version from authors_awaited
        where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    )
    group by user_id, kind, id
)
select truth.user_id as user_id, truth.kind as kind, truth.id as id, tupleElement(held, 1) as post_id, tupleElement(held, 2) as author_id,
       tupleElement(held, 3) as day, tupleElement(held, 4) as at, tupleElement(held, 5) as counts, truth.version as version
from truth
left join stands on stands.user_id = truth.user_id and stands.kind = truth.kind and stands.id = truth.id
where stands.version < truth.version

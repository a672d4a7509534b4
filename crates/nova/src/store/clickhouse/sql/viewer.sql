-- What is kept by viewer, as it was written: rows of one key that were not merged yet are told apart by who asks. That
-- is a few hundred rows, and costs a third of grouping them here.
select toUInt8(1) as what, followee_id as id, toUInt128(0) as author_id, toUInt8(not _deleted) as holds,
       toInt32(0) as day_number, committed_at as at, _rank as version
from follows_cdc where follower_id = {viewer:UInt128}
union all
select 2, target_id, 0, not _deleted, 0, committed_at, _rank
from blocks_cdc where user_id = {viewer:UInt128}
union all
select 3, user_id, 0, not _deleted, 0, fromUnixTimestamp64Micro(0, 'UTC'), _rank
from blocked_by where target_id = {viewer:UInt128}
union all
select 4, target_id, 0, not _deleted, 0, committed_at, _rank
from mutes_cdc where user_id = {viewer:UInt128}
union all
select 5, post_id, 0, not _deleted, 0, committed_at, _rank
from hidden_posts_cdc where user_id = {viewer:UInt128}
union all
select 6, post_id, 0, 1, 0, hide_events.at, 0
from hide_events where user_id = {viewer:UInt128}
union all
select 7, post_id, 0, 1, 0, seen_at, 0
from user_seen_7d where user_id = {viewer:UInt128}
union all
select toUInt8(10 + toUInt8(kind)), user_author_90d.id, user_author_90d.author_id, counts, toInt32(day), user_author_90d.at,
       user_author_90d.version
from user_author_90d where user_id = {viewer:UInt128}
union all
select if(side = 'row', 8, 9), post_id, 0, liked, 0, likes.at, likes.version
from
(
    select post_id, side, user_likes.at, liked, version
    from user_likes where user_id = {viewer:UInt128}
    limit {likes:UInt64}
) as likes
limit {limit:UInt64}

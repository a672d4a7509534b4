-- Everything that counts as an interaction of a viewer with an author, one row each: a like by each of its two sides, a
-- comment by its row, a view, click or share by its event. Written again, a row replaces itself, so that neither a
-- repeated insert nor a repair can double it. It lives by `at`: of a like's two sides the one that holds lives longer.
create table if not exists user_author_90d (
    user_id UInt128,
    kind Enum8('like' = 1, 'like_event' = 2, 'comment' = 3, 'event' = 4),
    id UInt128 comment 'of the post, of the comment, of the event',
    author_id UInt128,
    day Date32 comment 'on which it counts',
    at DateTime64(6, 'UTC') comment 'when it was written',
    counts UInt8 comment '0: it was taken back',
    version UInt128
) engine = ReplacingMergeTree(version)
order by (user_id, kind, id)
ttl toDateTime(at) + interval 92 day delete
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

-- The same, as long as the author is not known because the post is not; they move over when it comes.
create table if not exists authors_awaited (
    post_id UInt128,
    user_id UInt128,
    kind Enum8('like' = 1, 'like_event' = 2, 'comment' = 3, 'event' = 4),
    id UInt128 comment 'of the post, of the comment, of the event',
    day Date32 comment 'on which it counts',
    at DateTime64(6, 'UTC') comment 'when it was written',
    counts UInt8 comment '0: it was taken back',
    version UInt128,
    moved UInt8
) engine = ReplacingMergeTree(version, moved)
order by (post_id, user_id, kind, id)
ttl toDateTime(at) + interval 92 day delete
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists user_author_90d_from_events to user_author_90d as
select user_id, 'event' as kind, event_id as id, author_id, toDate32(event_time) as day, event_time as at,
       1 as counts, toUInt128(1) as version
from events where action in ('view', 'click', 'share') and author_id != 0;

create materialized view if not exists authors_awaited_from_events to authors_awaited as
select post_id, user_id, 'event' as kind, event_id as id, toDate32(event_time) as day, event_time as at,
       1 as counts, toUInt128(1) as version, 0 as moved
from events where action in ('view', 'click', 'share') and author_id = 0;

create materialized view if not exists user_author_90d_from_like_events to user_author_90d as
select user_id, 'like_event' as kind, post_id as id, author_id, toDate32(least(event_time, received_at)) as day,
       least(event_time, received_at) as at,
       action = 'like' as counts,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) as version
from events where action in ('like', 'unlike') and author_id != 0;

create materialized view if not exists authors_awaited_from_like_events to authors_awaited as
select post_id, user_id, 'like_event' as kind, post_id as id, toDate32(least(event_time, received_at)) as day,
       least(event_time, received_at) as at,
       action = 'like' as counts,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) as version,
       0 as moved
from events where action in ('like', 'unlike') and author_id = 0;

create materialized view if not exists user_author_90d_from_likes to user_author_90d as
select user_id, 'like' as kind, post_id as id, post_author_id as author_id,
       toDate32(if(_deleted, committed_at, created_at)) as day, committed_at as at,
       not _deleted as counts, _rank as version
from likes_cdc where post_author_id != 0;

create materialized view if not exists authors_awaited_from_likes to authors_awaited as
select post_id, user_id, 'like' as kind, post_id as id, toDate32(if(_deleted, committed_at, created_at)) as day,
       committed_at as at,
       not _deleted as counts, _rank as version, 0 as moved
from likes_cdc where post_author_id = 0;

create materialized view if not exists user_author_90d_from_comments to user_author_90d as
select comments_cdc.author_id as user_id, 'comment' as kind, id, post_author_id as author_id,
       toDate32(created_at) as day, committed_at as at,
       not gone as counts, _rank as version
from comments_cdc where post_id != 0 and post_author_id != 0;

create materialized view if not exists authors_awaited_from_comments to authors_awaited as
select post_id, comments_cdc.author_id as user_id, 'comment' as kind, id, toDate32(created_at) as day,
       committed_at as at,
       not gone as counts, _rank as version, 0 as moved
from comments_cdc where post_id != 0 and post_author_id = 0;

-- Rows of posts, newest first; a post that was changed may have several. The order is the key's, backwards: no more is
-- read than is given.
select id, author_id, created_at, gone, _rank as rank
from posts_newest
where created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
order by created_at desc, id desc
limit {limit:UInt64}

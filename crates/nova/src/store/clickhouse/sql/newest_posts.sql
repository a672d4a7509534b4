-- Rows of posts, newest first; a post that was changed may have several. The order is the key's, backwards: no more is
-- read than is given.
SELECT id, author_id, created_at, gone, _rank AS rank
FROM posts_newest
WHERE created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
ORDER BY created_at DESC, id DESC
LIMIT {limit:UInt64}

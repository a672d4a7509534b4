-- Posts of some authors, newest first.
SELECT id, author_id, created_at
FROM posts_recent
WHERE author_id IN {authors:Array(UInt128)}
  AND created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  AND created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
GROUP BY author_id, created_at, id
HAVING argMax(gone, _rank) = 0
ORDER BY created_at DESC, id
LIMIT {limit:UInt64}

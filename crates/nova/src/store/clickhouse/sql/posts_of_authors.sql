-- Posts of some authors, newest first; of deleted accounts none.
select id, author_id, created_at
from posts_recent
where author_id in {authors:Array(UInt128)}
  and author_id not in
  (
      select id from users_cdc where id in {authors:Array(UInt128)} group by id having argMax(gone, _rank) = 1
  )
  and created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  and created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
group by author_id, created_at, id
having argMax(gone, _rank) = 0
order by created_at desc, id
limit {limit:UInt64}

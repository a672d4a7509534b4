-- Posts of some authors, newest first.
select id, author_id, created_at
from posts_recent
where author_id in {authors:Array(UInt128)}
  and created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  and created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
group by author_id, created_at, id
having argMax(gone, _rank) = 0
order by created_at desc, id
limit {limit:UInt64}

select created_at, id
from posts indexed by posts_by_author
where author_id = ?1 and deleted_at is null and (created_at, id) < (?2, ?3)
order by created_at desc, id desc
limit 1

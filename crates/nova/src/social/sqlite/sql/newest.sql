select created_at, id, author_id
from posts indexed by posts_by_time
where deleted_at is null and (created_at, id) < (?1, ?2)
order by created_at desc, id desc
limit ?3

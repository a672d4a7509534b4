select id, post_id, author_id, text, created_at, deleted_at
from comments
where id > ?1
order by id
limit ?3

select id, author_id, text, media, lang, topics, created_at, updated_at, deleted_at
from posts
where id > ?1
order by id
limit ?3

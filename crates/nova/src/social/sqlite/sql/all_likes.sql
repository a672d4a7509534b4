select post_id, user_id, created_at
from likes
where (post_id, user_id) > (?1, ?2)
order by post_id, user_id
limit ?3

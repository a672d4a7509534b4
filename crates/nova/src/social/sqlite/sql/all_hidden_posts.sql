select user_id, post_id, created_at
from hidden_posts
where (user_id, post_id) > (?1, ?2)
order by user_id, post_id
limit ?3

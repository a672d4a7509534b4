select follower_id, followee_id, created_at
from follows
where (follower_id, followee_id) > (?1, ?2)
order by follower_id, followee_id
limit ?3

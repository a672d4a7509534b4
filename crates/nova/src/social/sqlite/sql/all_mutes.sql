select user_id, target_id, created_at
from mutes
where (user_id, target_id) > (?1, ?2)
order by user_id, target_id
limit ?3

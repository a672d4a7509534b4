select user_id, target_id, created_at
from blocks
where (user_id, target_id) > (?1, ?2)
order by user_id, target_id
limit ?3

select c.id, c.post_id, c.author_id, c.text, c.created_at, c.deleted_at
from comments c
cross join users u on u.id = c.author_id
where c.id = ?1
    and c.deleted_at is null
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?2 and target_id = u.id)
    and not exists (select 1 from blocks where user_id = u.id and target_id = ?2)

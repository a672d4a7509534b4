select 1
from users u
where u.id = ?2
    and u.id <> ?1
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?1 and target_id = ?2)
    and not exists (select 1 from blocks where user_id = ?2 and target_id = ?1)
    and not exists (select 1 from mutes where user_id = ?1 and target_id = ?2)

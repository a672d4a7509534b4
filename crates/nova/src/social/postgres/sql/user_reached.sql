select
from users u
where u.id = $1
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $2)

select 1
from follows f
cross join users u on u.id = f.followee_id
where f.follower_id = ?1
    and f.followee_id = ?2
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?1 and target_id = ?2)
    and not exists (select 1 from blocks where user_id = ?2 and target_id = ?1)
    and not exists (select 1 from mutes where user_id = ?1 and target_id = ?2)

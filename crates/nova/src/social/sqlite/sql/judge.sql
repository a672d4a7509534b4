select
    p.author_id,
    p.created_at,
    p.deleted_at is not null,
    u.deleted_at is not null,
    exists (select 1 from blocks where user_id = ?2 and target_id = u.id)
        or exists (select 1 from blocks where user_id = u.id and target_id = ?2),
    exists (select 1 from mutes where user_id = ?2 and target_id = u.id),
    exists (select 1 from hidden_posts where user_id = ?2 and post_id = p.id)
from posts p
cross join users u on u.id = p.author_id
where p.id = ?1

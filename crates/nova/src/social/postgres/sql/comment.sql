select
    c.id, c.post_id, c.author_id, c.text, c.created_at, c.deleted_at
from comments c
join users u on u.id = c.author_id
join posts p on p.id = c.post_id
join users a on a.id = p.author_id
where c.id = $1
    and c.deleted_at is null
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $2)
    and p.deleted_at is null
    and a.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = a.id)
    and not exists (select from blocks where user_id = a.id and target_id = $2)
    and not exists (select from hidden_posts where user_id = $2 and post_id = p.id)

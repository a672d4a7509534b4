select
    c.id, c.post_id, c.author_id, c.text, c.created_at, c.deleted_at
from comments c
join users u on u.id = c.author_id
where c.post_id = $1
    and c.deleted_at is null
    and (c.created_at, c.id) < ($3, $4)
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $2)
    and not exists (select from mutes where user_id = $2 and target_id = u.id)
order by c.created_at desc, c.id desc
limit $5

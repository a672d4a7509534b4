with standing as (
    select exists (select from users where id = $2 and deleted_at is null) as writer
),
deleted as (
    update comments c
    set deleted_at = $4
    where c.id = $1
        and c.deleted_at is null
        and ($3::boolean or (c.author_id = $2 and (select writer from standing)))
    returning c.*
)
select true, standing.writer, true, c.id, c.post_id, c.author_id, c.text, c.created_at, c.deleted_at from deleted c, standing
union all
select
    false,
    standing.writer,
    u.deleted_at is null
        and p.deleted_at is null
        and a.deleted_at is null
        and not exists (
            select from blocks
            where user_id = $2 and target_id in (u.id, a.id) or user_id in (u.id, a.id) and target_id = $2
        )
        and not exists (select from hidden_posts where user_id = $2 and post_id = p.id),
    c.id, c.post_id, c.author_id, c.text, c.created_at, c.deleted_at
from standing, comments c
join users u on u.id = c.author_id
join posts p on p.id = c.post_id
join users a on a.id = p.author_id
where c.id = $1 and c.deleted_at is null and not exists (select from deleted)

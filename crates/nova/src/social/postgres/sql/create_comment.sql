with standing as (
    select
        exists (select from users where id = $3 and deleted_at is null) as writer,
        exists (
            select from posts p
            join users u on u.id = p.author_id
            where p.id = $2
                and p.deleted_at is null
                and u.deleted_at is null
                and not exists (select from blocks where user_id = $3 and target_id = u.id)
                and not exists (select from blocks where user_id = u.id and target_id = $3)
                and not exists (select from hidden_posts where user_id = $3 and post_id = p.id)
        ) as reached
),
made as (
    insert into comments (id, post_id, author_id, text, created_at)
    select $1::uuid, $2::uuid, $3::uuid, $4::text, $5::timestamptz from standing where writer and reached
    on conflict do nothing
    returning id
)
select
    writer,
    reached,
    exists (select from made),
    c.id, c.post_id, c.author_id, c.text, c.created_at, c.deleted_at
from standing
left join comments c on c.id = $1

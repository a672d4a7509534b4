with standing as (
    select
        exists (select from users where id = $1 and deleted_at is null) as writer,
        exists (
            select from posts p
            join users u on u.id = p.author_id
            where p.id = $2
                and p.deleted_at is null
                and u.deleted_at is null
                and not exists (select from blocks where user_id = $1 and target_id = u.id)
                and not exists (select from blocks where user_id = u.id and target_id = $1)
                and not exists (select from hidden_posts where user_id = $1 and post_id = p.id)
        ) as reached
),
made as (
    insert into likes (post_id, user_id, created_at)
    select $2::uuid, $1::uuid, $3::timestamptz from standing where writer and reached
    on conflict do nothing
    returning true
)
select writer, reached, exists (select from made) from standing

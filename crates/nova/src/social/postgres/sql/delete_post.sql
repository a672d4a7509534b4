with standing as (
    select
        exists (select from users where id = $2 and deleted_at is null) as writer,
        exists (
            select from posts p
            join users u on u.id = p.author_id
            where p.id = $1
                and p.deleted_at is null
                and u.deleted_at is null
                and not exists (select from blocks where user_id = $2 and target_id = u.id)
                and not exists (select from blocks where user_id = u.id and target_id = $2)
                and not exists (select from hidden_posts where user_id = $2 and post_id = p.id)
        ) as reached
),
deleted as (
    update posts p
    set updated_at = $4, deleted_at = $4
    where p.id = $1
        and p.deleted_at is null
        and ($3::boolean or (p.author_id = $2 and (select writer from standing)))
    returning p.*
)
select standing.writer, standing.reached, found.*
from standing
left join (
    select true as changed, p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at from deleted p
    union all
    select false, p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at
    from posts p
    where p.id = $1 and p.deleted_at is null and not exists (select from deleted)
) found on true

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
edited as (
    update posts p
    set
        text = coalesce($3::text, p.text),
        media = coalesce($4::text::json, p.media),
        lang = case when $5::boolean then $6::text else p.lang end,
        topics = coalesce($7::text[], p.topics),
        updated_at = $8::timestamptz
    where p.id = $1
        and p.author_id = $2
        and p.deleted_at is null
        and $9::boolean
        and (select writer from standing)
        and (p.text, p.media::text, p.lang, p.topics) is distinct from (
            coalesce($3::text, p.text),
            coalesce($4::text, p.media::text),
            case when $5::boolean then $6::text else p.lang end,
            coalesce($7::text[], p.topics)
        )
    returning p.*
)
select standing.writer, standing.reached, found.*
from standing
left join (
    select true as changed, p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at from edited p
    union all
    select false, p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at
    from posts p
    where p.id = $1 and p.deleted_at is null and not exists (select from edited)
) found on true

with standing as (
    select exists (select from users where id = $2 and deleted_at is null) as writer
),
made as (
    insert into posts (id, author_id, text, media, lang, topics, created_at, updated_at)
    select $1::uuid, $2::uuid, $3::text, $4::text::json, $5::text, $6::text[], $7::timestamptz, $7::timestamptz
    from standing
    where writer and $8::boolean
    on conflict do nothing
    returning id
)
select
    writer,
    exists (select from made),
    p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at
from standing
left join posts p on p.id = $1

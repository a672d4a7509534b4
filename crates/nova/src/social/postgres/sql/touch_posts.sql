with page as (
    select id from posts where id >= $1 order by id limit $3
),
touched as (
    update posts t set created_at = t.created_at from page where t.id = page.id and $2::uuid is not null
)
select id, id from page order by id

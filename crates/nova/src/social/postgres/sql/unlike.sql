with standing as (
    select exists (select from users where id = $1 and deleted_at is null) as writer
),
gone as (
    delete from likes where post_id = $2 and user_id = $1 and (select writer from standing)
    returning true
)
select writer, true, exists (select from gone) from standing

with standing as (
    select exists (select from users where id = $1 and deleted_at is null) as writer
),
gone as (
    delete from mutes where user_id = $1 and target_id = $2 and (select writer from standing)
)
select writer, true from standing

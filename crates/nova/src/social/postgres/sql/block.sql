with standing as (
    select
        exists (select from users where id = $1 and deleted_at is null) as writer,
        exists (
            select from users u
            where u.id = $2
                and u.deleted_at is null
        ) as reached
),
made as (
    insert into blocks (user_id, target_id, created_at)
    select $1::uuid, $2::uuid, $3::timestamptz from standing where writer and reached
    on conflict do nothing
)
select writer, reached from standing

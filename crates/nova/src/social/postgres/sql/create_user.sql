with made as (
    insert into users (id, handle, display_name, created_at, updated_at)
    values ($1, $2, $3, $4, $4)
    on conflict do nothing
    returning id
)
select
    exists (select from made),
    exists (select from users where lower(handle collate "C") = lower($2 collate "C")),
    u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at
from (values (1)) as answer
left join users u on u.id = $1

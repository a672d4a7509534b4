with taken as (
    select exists (
        select from users where lower(handle collate "C") = lower($2 collate "C") and id <> $1
    ) as handle
),
edited as (
    update users
    set handle = coalesce($2, handle), display_name = coalesce($3, display_name), updated_at = $4
    where id = $1
        and deleted_at is null
        and (handle, display_name) is distinct from (coalesce($2, handle), coalesce($3, display_name))
        and not (select handle from taken)
    returning *
)
select true, false, u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at from edited u
union all
select false, taken.handle, u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at
from users u, taken
where u.id = $1 and u.deleted_at is null and not exists (select from edited)

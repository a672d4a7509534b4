update users u
set updated_at = $2, deleted_at = $2
where u.id = $1 and u.deleted_at is null
returning u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at

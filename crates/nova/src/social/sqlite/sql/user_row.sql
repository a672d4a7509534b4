select id, handle, display_name, created_at, updated_at, deleted_at from users where id = ?1

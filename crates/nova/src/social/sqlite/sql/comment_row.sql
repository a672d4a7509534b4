select id, post_id, author_id, text, created_at, deleted_at from comments where id = ?1

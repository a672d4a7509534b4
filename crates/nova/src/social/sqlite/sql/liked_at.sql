select created_at from likes where post_id = ?1 and user_id = ?2

update posts set text = ?2, media = ?3, lang = ?4, topics = ?5, updated_at = ?6, deleted_at = ?7 where id = ?1

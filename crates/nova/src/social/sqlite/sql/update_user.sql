update users set handle = ?2, display_name = ?3, updated_at = ?4, deleted_at = ?5 where id = ?1

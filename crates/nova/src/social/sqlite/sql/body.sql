select p.text, p.media, u.handle, u.display_name
from posts p
cross join users u on u.id = p.author_id
where p.id = ?1 and p.deleted_at is null and u.deleted_at is null

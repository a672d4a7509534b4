select asked.place, p.text, p.media::text, u.handle, u.display_name
from unnest($1::uuid[]) with ordinality as asked (id, place)
join posts p on p.id = asked.id
join users u on u.id = p.author_id
where p.deleted_at is null and u.deleted_at is null

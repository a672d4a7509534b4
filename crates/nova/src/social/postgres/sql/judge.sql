select
    asked.place,
    p.author_id,
    p.created_at,
    p.deleted_at is not null,
    u.deleted_at is not null,
    exists (select from blocks where user_id = $2 and target_id = p.author_id)
        or exists (select from blocks where user_id = p.author_id and target_id = $2),
    exists (select from mutes where user_id = $2 and target_id = p.author_id),
    exists (select from hidden_posts where user_id = $2 and post_id = p.id)
from unnest($1::uuid[]) with ordinality as asked (id, place)
join posts p on p.id = asked.id
join users u on u.id = p.author_id

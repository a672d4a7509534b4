-- One look for each post: `offset 0` keeps all of a viewer's blocks and hides from being read for the posts of one
-- page, and `ctid`, which no index holds, all likes of a post from being read in the one that is ordered by time.
select
    asked.place,
    p.author_id,
    p.created_at,
    p.deleted_at is not null,
    u.deleted_at is not null,
    exists (select from blocks where user_id = $2 and target_id = p.author_id offset 0)
        or exists (select from blocks where user_id = p.author_id and target_id = $2),
    exists (select from mutes where user_id = $2 and target_id = p.author_id offset 0),
    exists (select from hidden_posts where user_id = $2 and post_id = p.id offset 0),
    (select created_at from likes where post_id = p.id and user_id = $2 and ctid is not null),
    asked.texts and p.deleted_at is null and u.deleted_at is null,
    case when asked.texts then p.text end,
    case when asked.texts then p.media::text end,
    case when asked.texts then u.handle end,
    case when asked.texts then u.display_name end
from unnest($1::uuid[], $3::bool[]) with ordinality as asked (id, texts, place)
join posts p on p.id = asked.id
join users u on u.id = p.author_id

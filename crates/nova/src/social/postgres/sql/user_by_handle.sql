select
    u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at,
    coalesce(t.followers, 0), coalesce(t.following, 0), coalesce(t.posts, 0),
    exists (select from follows where follower_id = $2 and followee_id = u.id)
from users u
left join user_totals t on t.user_id = u.id
where lower(u.handle collate "C") = lower($1 collate "C")
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $2)

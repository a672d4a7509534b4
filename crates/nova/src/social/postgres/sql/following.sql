select
    u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at,
    coalesce(t.followers, 0), coalesce(t.following, 0), coalesce(t.posts, 0),
    exists (select from follows where follower_id = $2 and followee_id = u.id),
    l.created_at
from follows l
join users u on u.id = l.followee_id
left join user_totals t on t.user_id = u.id
where l.follower_id = $1
    and (l.created_at, l.followee_id) < ($3, $4)
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $2)
order by l.created_at desc, l.followee_id desc
limit $5

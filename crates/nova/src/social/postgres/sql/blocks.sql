-- whoever blocks sees whom, even one who blocks back: how else would it end?
select
    u.id, u.handle, u.display_name, u.created_at, u.updated_at, u.deleted_at,
    coalesce(t.followers, 0), coalesce(t.following, 0), coalesce(t.posts, 0),
    exists (select from follows where follower_id = $2 and followee_id = u.id),
    l.created_at
from blocks l
join users u on u.id = l.target_id
left join user_totals t on t.user_id = u.id
where l.user_id = $1
    and (l.created_at, l.target_id) < ($3, $4)
    and u.deleted_at is null
order by l.created_at desc, l.target_id desc
limit $5

select l.followee_id, l.created_at
from follows l indexed by follows_by_follower
cross join users u on u.id = l.followee_id
where l.follower_id = ?1
    and (l.created_at, l.followee_id) < (?3, ?4)
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?2 and target_id = u.id)
    and not exists (select 1 from blocks where user_id = u.id and target_id = ?2)
order by l.created_at desc, l.followee_id desc
limit ?5

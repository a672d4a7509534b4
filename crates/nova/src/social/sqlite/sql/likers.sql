select l.user_id, l.created_at
from likes l indexed by likes_by_post
cross join users u on u.id = l.user_id
where l.post_id = ?1
    and (l.created_at, l.user_id) < (?3, ?4)
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?2 and target_id = u.id)
    and not exists (select 1 from blocks where user_id = u.id and target_id = ?2)
order by l.created_at desc, l.user_id desc
limit ?5

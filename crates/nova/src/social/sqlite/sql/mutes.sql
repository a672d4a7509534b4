select l.target_id, l.created_at
from mutes l indexed by mutes_by_user
cross join users u on u.id = l.target_id
where l.user_id = ?1
    and (l.created_at, l.target_id) < (?3, ?4)
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?2 and target_id = u.id)
    and not exists (select 1 from blocks where user_id = u.id and target_id = ?2)
order by l.created_at desc, l.target_id desc
limit ?5

-- whoever blocks sees whom, even one who blocks back: how else would it end?
select l.target_id, l.created_at
from blocks l indexed by blocks_by_user
cross join users u on u.id = l.target_id
where l.user_id = ?1
    and l.user_id = ?2
    and (l.created_at, l.target_id) < (?3, ?4)
    and u.deleted_at is null
order by l.created_at desc, l.target_id desc
limit ?5

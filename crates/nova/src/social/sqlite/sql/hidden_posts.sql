select h.post_id, h.created_at
from hidden_posts h indexed by hidden_posts_by_user
cross join posts p on p.id = h.post_id
cross join users u on u.id = p.author_id
where h.user_id = ?1
    and (h.created_at, h.post_id) < (?2, ?3)
    and p.deleted_at is null
    and u.deleted_at is null
    and not exists (select 1 from blocks where user_id = ?1 and target_id = u.id)
    and not exists (select 1 from blocks where user_id = u.id and target_id = ?1)
order by h.created_at desc, h.post_id desc
limit ?4

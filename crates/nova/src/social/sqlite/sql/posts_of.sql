select p.id
from posts p indexed by posts_by_author
where p.author_id = ?1
    and p.deleted_at is null
    and (p.created_at, p.id) < (?3, ?4)
    and not exists (select 1 from mutes where user_id = ?2 and target_id = ?1)
    and not exists (select 1 from hidden_posts where user_id = ?2 and post_id = p.id)
order by p.created_at desc, p.id desc
limit ?5

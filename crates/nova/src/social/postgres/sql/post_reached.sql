select
from posts p
join users u on u.id = p.author_id
where p.id = $1
    and p.deleted_at is null
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $2 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $2)
    and not exists (select from hidden_posts where user_id = $2 and post_id = p.id)

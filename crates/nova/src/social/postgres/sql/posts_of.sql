select
    p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at,
    coalesce(t.likes, 0), coalesce(t.comments, 0),
    exists (select from likes where post_id = p.id and user_id = $2)
from posts p
left join post_totals t on t.post_id = p.id
where p.author_id = $1
    and p.deleted_at is null
    and (p.created_at, p.id) < ($3, $4)
    and not exists (select from mutes where user_id = $2 and target_id = $1)
    and not exists (select from hidden_posts where user_id = $2 and post_id = p.id)
order by p.created_at desc, p.id desc
limit $5

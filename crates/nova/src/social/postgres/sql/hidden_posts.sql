select
    p.id, p.author_id, p.text, p.media::text, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at,
    coalesce(t.likes, 0), coalesce(t.comments, 0),
    exists (select from likes where post_id = p.id and user_id = $2),
    h.created_at
from hidden_posts h
join posts p on p.id = h.post_id
join users u on u.id = p.author_id
left join post_totals t on t.post_id = p.id
where h.user_id = $1
    and (h.created_at, h.post_id) < ($3, $4)
    and p.deleted_at is null
    and u.deleted_at is null
    and not exists (select from blocks where user_id = $1 and target_id = u.id)
    and not exists (select from blocks where user_id = u.id and target_id = $1)
order by h.created_at desc, h.post_id desc
limit $5

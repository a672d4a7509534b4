select
    p.id, p.author_id, p.text, p.media, p.lang, p.topics, p.created_at, p.updated_at, p.deleted_at,
    coalesce(t.likes, 0), coalesce(t.comments, 0),
    exists (select 1 from likes where post_id = p.id and user_id = ?2)
from posts p
left join post_totals t on t.post_id = p.id
where p.id = ?1 and p.deleted_at is null

insert into comments (id, post_id, author_id, text, created_at)
values (?1, ?2, ?3, ?4, ?5)
on conflict do nothing

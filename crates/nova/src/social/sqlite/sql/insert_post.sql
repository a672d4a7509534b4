insert into posts (id, author_id, text, media, lang, topics, created_at, updated_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
on conflict do nothing

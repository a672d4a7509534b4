-- Interactions whose author was not known when they were written, and is now.
with open as
(
    select post_id, user_id, kind, id, day, at, counts, version, 1 as moved
    from authors_awaited final
)
select open.post_id as post_id, user_id, cast(kind, 'Int8') as kind, open.id as id, day, at, counts, version, moved,
       author
from open
inner join
(
    select id, argMax(author_id, _rank) as author
    from posts_cdc
    where id in (select post_id from authors_awaited)
    group by id
    having author != 0
) as posts on posts.id = open.post_id
limit {limit:UInt64}
